/** Everything that could have given a variable its value, for `explain`. The order is that in which `findOverride` asks. */
import type { Origin, VariableCandidate } from "../../definition.ts";
import type { EnvironmentEntry } from "../../environment-file.ts";
import type { Expression } from "../../hcl/syntax.ts";
import type { VariableDeclaration } from "../declarations.ts";
import { describeOrigin, jsonNameOf } from "./overrides.ts";
import type { VariableSource } from "./variable.ts";

interface Said {
  readonly origin: Origin;
  readonly text?: string;
  /** Why it counts, if it is the first that does. */
  readonly because: string;
  /** Why it can never count. */
  readonly never?: string;
}

/** By precedence; the first is what counts. `typed`: the variable has a type, so that the JSON form is preferred. */
export function candidatesOf(source: VariableSource, typed: boolean): readonly VariableCandidate[] {
  const said = [...overridesOf(source, typed), ...declaredIn(source)];
  const winner = said.find(({ never }) => never === undefined);
  const ordered = winner ? [winner, ...said.filter((each) => each !== winner)] : said;
  return ordered.map(({ origin, text, because, never }) => ({
    origin,
    ...(text !== undefined && { text }),
    reason: origin === winner?.origin ? because : (never ?? `${nameOf(winner?.origin)} comes first`),
  }));
}

/** In the order of precedence: flags and the environment under the preferred name, then under the other one; the same of env files. */
function overridesOf(
  { declaration: { name }, overrides, isDeclared }: VariableSource,
  typed: boolean,
): readonly Said[] {
  const json = jsonNameOf(name);
  const names = typed ? [json, name] : [name, json];
  const usable = names.filter((each) => each === name || !isDeclared(json));
  const { flags, environment, environmentFiles, disableEnvironmentLookup } = overrides;
  const preferred = (each: string, otherwise: string): string =>
    each === json && typed ? "the JSON form of a variable with a type comes first" : otherwise;
  const direct = usable.flatMap((each): readonly Said[] => {
    const flag = flags.get(each);
    const text = environment.get(each);
    return [
      ...(flag === undefined
        ? []
        : [
            {
              origin: { kind: "override", flag: `--var ${each}=${flag}` } as const,
              text: flag,
              because: preferred(each, "--var comes before the environment"),
            },
          ]),
      ...(text === undefined
        ? []
        : [
            {
              origin: { kind: "environment", variable: each } as const,
              text,
              because: preferred(each, "the environment comes before env files and the default"),
              ...(disableEnvironmentLookup && {
                never: "BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP switches the environment off",
              }),
            },
          ]),
    ];
  });
  const inFiles = usable.flatMap((each) => entriesOf(environmentFiles?.get(each)));
  return [...direct, ...inFiles];
}

function entriesOf(latest: EnvironmentEntry | undefined): readonly Said[] {
  const found: Said[] = [];
  for (let entry = latest; entry; entry = entry.replaced) {
    found.push({
      origin: { kind: "environment", variable: entry.name, span: entry.span },
      text: entry.text,
      because: "env files come before the default",
    });
  }
  return found;
}

function declaredIn({ declaration, global, earlier = [] }: VariableSource): readonly Said[] {
  const found: Said[] = [global, ...earlier].flatMap((attribute) =>
    attribute
      ? [{ ...written(attribute.value, declaration.name), because: "a top level attribute replaces the default" }]
      : [],
  );
  for (let block: VariableDeclaration | undefined = declaration; block; block = block.replaced) {
    const { defaultValue } = block;
    found.push({
      ...(defaultValue
        ? written(defaultValue, block.name)
        : { origin: { kind: "file", span: block.label.span, block: block.name } as const }),
      because: defaultValue
        ? "nothing but the default says anything"
        : "there is no default and nothing else says anything",
      ...(block !== declaration && { never: "a later block of the variable replaces it" }),
    });
  }
  return found;
}

function written(expression: Expression, block: string): Pick<Said, "origin" | "text"> {
  const { span } = expression;
  return {
    origin: { kind: "file", span, block, expression },
    text: span.source.text.slice(span.start, span.end),
  };
}

function nameOf(origin: Origin | undefined): string {
  if (origin === undefined) return "something else";
  return origin.kind === "file" ? "a later declaration" : describeOrigin(origin);
}
