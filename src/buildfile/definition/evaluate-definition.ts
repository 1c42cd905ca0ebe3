/** From syntax trees to the definition (spec bake-language, section 12). */
import type { Checked, Diagnostic } from "../../base/diagnostic.ts";
import type { Source } from "../../base/span.ts";
import type { Definition, FunctionDefinition, TargetDefinition, VariableDefinition } from "../definition.ts";
import type { EnvironmentEntry } from "../environment-file.ts";
import type { FunctionWorld, LanguageFunction } from "../hcl/function.ts";
import type { SyntaxFile } from "../hcl/syntax.ts";
import { stringValue } from "../hcl/value.ts";
import { SettingsDraft } from "../settings-draft.ts";
import { BlockInstance } from "./blocks/block-instance.ts";
import { groupsOf } from "./blocks/groups.ts";
import { expandMatrix, mostCells } from "./blocks/matrix.ts";
import { checkAttributeNames } from "./blocks/unknown-attributes.ts";
import { type BlockKind, collectDeclarations, type Declarations, type FunctionDeclaration } from "./declarations.ts";
import { Evaluator } from "./evaluation/evaluator.ts";
import {
  constantTask,
  type FunctionTask,
  type NameTable,
  openPlace,
  type ReferencedBlock,
  type ValueTask,
} from "./evaluation/names.ts";
import { readParameters } from "./functions/function-parameters.ts";
import { UserFunction } from "./functions/user-function.ts";
import { inOrderOfFiles } from "./order-diagnostics.ts";
import { problem } from "./problems.ts";
import { jsonNameOf, type Overrides } from "./variables/overrides.ts";
import { validateVariable } from "./variables/validation.ts";
import { GlobalTask, VariableTask } from "./variables/variable.ts";

export interface EvaluationInput {
  /** `--var`, the last of each name. */
  readonly variables: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
  /** What env files say; flags and the environment come before it. */
  readonly environmentFiles?: ReadonlyMap<string, EnvironmentEntry>;
  /** `BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP`. */
  readonly disableEnvironmentLookup: boolean;
  /** `BAKE_CMD_CONTEXT`. */
  readonly commandContext: string;
  /** `BAKE_LOCAL_PLATFORM`. */
  readonly localPlatform: string;
  /**
   * With `BUILDX_BAKE_FILE_RELATIVE_PATHS`, the folder of each file as seen from the working folder; paths of a file that is not in
   * it, and of all files when it is absent, are left as they are.
   */
  readonly folders?: ReadonlyMap<Source, string>;
  /** Variables that compose files use: `--var` for one of them is not reported as unused. */
  readonly otherVariables?: ReadonlySet<string>;
  /** The function library. */
  readonly functions: ReadonlyMap<string, LanguageFunction>;
  readonly world: FunctionWorld;
}

/**
 * Evaluates everything the files declare, used or not, and merges blocks of one name. What could not be evaluated is left out of
 * the definition; the diagnostics say why, each problem once, in the order of the files.
 */
export function evaluateDefinition(files: readonly SyntaxFile[], input: EvaluationInput): Checked<Definition> {
  const evaluation = new DefinitionEvaluation(files, input);
  const value = evaluation.run();
  const diagnostics = inOrderOfFiles(evaluation.diagnostics(), files);
  return { value, diagnostics };
}

class DefinitionEvaluation implements NameTable {
  readonly #input: EvaluationInput;
  readonly #declarations: Declarations;
  readonly #early: readonly Diagnostic[];
  readonly #evaluator: Evaluator;
  readonly #values = new Map<string, ValueTask>();
  readonly #variables: VariableTask[] = [];
  readonly #globals: GlobalTask[] = [];
  readonly #functions = new Map<string, FunctionTask>();
  /** In order; blocks of one name stay apart. */
  readonly #instances: BlockInstance[] = [];
  /** The last block of each name: what references see. */
  readonly #blocks: Record<BlockKind, Map<string, BlockInstance>> = { target: new Map(), group: new Map() };
  blocks: NameTable["blocks"] = "unknown";

  constructor(files: readonly SyntaxFile[], input: EvaluationInput) {
    this.#input = input;
    const builtIns = new Map([
      ["BAKE_CMD_CONTEXT", input.commandContext],
      ["BAKE_LOCAL_PLATFORM", input.localPlatform],
    ]);
    const declarations = collectDeclarations(files, new Set(builtIns.keys()), new Set(input.functions.keys()));
    this.#declarations = declarations.value;
    this.#early = declarations.diagnostics;
    this.#evaluator = new Evaluator(this, input.world);
    for (const [name, text] of builtIns) this.#values.set(name, constantTask(stringValue(text)));
    this.#declareGlobals();
    this.#declareVariables();
    for (const [name, declaration] of this.#declarations.functions) {
      this.#functions.set(name, new UserFunction(declaration, this.#evaluator));
    }
  }

  run(): Definition {
    for (const variable of this.#variables) this.#evaluator.require(variable);
    for (const variable of this.#variables) validateVariable(variable, this.#evaluator);
    for (const task of this.#functions.values()) this.#evaluator.require(task);
    this.#expandBlocks();
    for (const instance of this.#instances) instance.evaluate();
    for (const task of this.#globals) this.#evaluator.require(task);
    this.#reportUnusedOverrides();
    this.#evaluator.assertExplained();
    return {
      targets: this.#targets(),
      groups: groupsOf(this.#instances, this.#evaluator),
      variables: this.#variableDefinitions(),
      globals: new Map(this.#globals.map((task) => [task.title, task.definition()])),
      functions: this.#functionDefinitions(),
    };
  }

  diagnostics(): readonly Diagnostic[] {
    return [...this.#early, ...this.#evaluator.report.items];
  }

  get library(): ReadonlyMap<string, LanguageFunction> {
    return this.#input.functions;
  }

  value(name: string): ValueTask | undefined {
    return this.#values.get(name);
  }

  valueNames(): Iterable<string> {
    return this.#values.keys();
  }

  function(name: string): FunctionTask | undefined {
    return this.#functions.get(name);
  }

  functionNames(): Iterable<string> {
    return this.#functions.keys();
  }

  block(kind: BlockKind, name: string): ReferencedBlock | undefined {
    return this.#blocks[kind].get(name);
  }

  blockNames(kind: BlockKind): Iterable<string> {
    return this.#blocks[kind].keys();
  }

  #declareGlobals(): void {
    for (const [name, attribute] of this.#declarations.globals) {
      const task = new GlobalTask(attribute, this.#evaluator);
      this.#values.set(name, task);
      // With a variable of the same name it is the default there.
      if (!this.#declarations.variables.has(name)) this.#globals.push(task);
    }
  }

  #declareVariables(): void {
    const overrides: Overrides = { ...this.#input, flags: this.#input.variables };
    const isDeclared = (name: string) => this.#declarations.variables.has(name) || this.#isBuiltIn(name);
    for (const [name, declaration] of this.#declarations.variables) {
      const global = this.#declarations.globals.get(name);
      const earlier = this.#declarations.earlierGlobals.get(name);
      const task = new VariableTask({ declaration, global, earlier, overrides, isDeclared }, this.#evaluator);
      this.#values.set(name, task);
      this.#variables.push(task);
    }
  }

  #isBuiltIn(name: string): boolean {
    return this.#values.has(name) && !this.#declarations.globals.has(name) && !this.#declarations.variables.has(name);
  }

  #expandBlocks(): void {
    let room = mostCells;
    let complete = true;
    for (const declaration of this.#declarations.blocks) {
      checkAttributeNames(declaration, this.#evaluator.report);
      const folder = this.#input.folders?.get(declaration.label.span.source);
      if (declaration.kind === "group") {
        this.#addInstance({ declaration, name: declaration.label.text, place: openPlace, folder });
        continue;
      }
      const expanded = expandMatrix(declaration, this.#evaluator, room);
      complete &&= expanded.complete;
      for (const { name, place, values } of expanded.cells) {
        if (values) room--;
        this.#addInstance({ declaration, name, place, folder, ...(values && { cell: values }) });
      }
    }
    this.blocks = complete ? "known" : "partly known";
    this.#evaluator.allowFor(this.#instances.length);
  }

  #addInstance(origin: BlockInstance["origin"]): void {
    const instance = new BlockInstance(origin, this.#evaluator);
    this.#instances.push(instance);
    this.#blocks[origin.declaration.kind].set(origin.name, instance);
  }

  /** Merged in place, because merging one by one would take time quadratic in the blocks of one name. */
  #targets(): ReadonlyMap<string, TargetDefinition> {
    const drafts = new Map<string, SettingsDraft>();
    const last = new Map<string, BlockInstance>();
    for (const instance of this.#instances) {
      if (instance.origin.declaration.kind !== "target") continue;
      const { name } = instance;
      if (last.has(name)) {
        const draft = drafts.get(name) ?? SettingsDraft.of(last.get(name)?.settings() ?? {});
        drafts.set(name, draft);
        draft.merge(instance.settings());
      }
      last.set(name, instance);
    }
    return new Map([...last].map(([name, instance]) => [name, targetOf(instance, drafts.get(name))]));
  }

  #variableDefinitions(): ReadonlyMap<string, VariableDefinition> {
    return new Map(this.#variables.map((variable) => [variable.declaration.name, variable.definition()]));
  }

  #functionDefinitions(): ReadonlyMap<string, FunctionDefinition> {
    return new Map(
      [...this.#declarations.functions].map(([name, declaration]) => [name, functionDefinition(declaration)]),
    );
  }

  #reportUnusedOverrides(): void {
    const { variables } = this.#declarations;
    const known = new Set([...variables.keys()].flatMap((name) => [name, jsonNameOf(name)]));
    for (const name of this.#input.variables.keys()) {
      if (known.has(name) || this.#input.otherVariables?.has(name)) continue;
      this.#evaluator.report.add(
        problem("buildfile/unused-override", {
          message: `--var ${name}: no build file declares the variable ${JSON.stringify(name)}`,
          hint: this.#evaluator.suggest(name, () => variables.keys()),
        }),
      );
    }
  }
}

function functionDefinition(declaration: FunctionDeclaration): FunctionDefinition {
  const { name, label, result } = declaration;
  const { fixed, variadic } = readParameters(declaration).value;
  const parameters = new Set([...fixed, ...(variadic ? [variadic] : [])].map((parameter) => parameter.name));
  return { name, span: label.span, parameters, ...(result && { result: result.value }) };
}

function targetOf(instance: BlockInstance, merged: SettingsDraft | undefined): TargetDefinition {
  const { declaration, name, folder, cell } = instance.origin;
  return {
    name,
    span: declaration.label.span,
    settings: merged?.finish() ?? instance.settings(),
    ...(cell && { cell }),
    ...(folder !== undefined && { folder }),
  };
}
