/** Templates as the strings of data formats hold them: no escapes but `$${` and `%%{`. */
import { printExpression } from "../../buildfile/hcl/print.ts";
import { printParts } from "../../buildfile/hcl/print-template.ts";
import type { TemplatePart, TemplateText } from "../../buildfile/hcl/syntax.ts";

export function templateText(parts: readonly TemplatePart[]): string {
  return printParts(withSafeSigns(parts), { style: "heredoc", print: printExpression });
}

/**
 * A `$` or `%` right before a sequence would make it plain text, and there is no escape for that: such signs become an interpolation of
 * themselves.
 */
function withSafeSigns(parts: readonly TemplatePart[], isNested = false): readonly TemplatePart[] {
  // Inside a directive another one always follows.
  return parts.flatMap((part, i) => withSafeSign(part, isNested || i < parts.length - 1));
}

function withSafeSign(part: TemplatePart, isFollowed: boolean): readonly TemplatePart[] {
  switch (part.kind) {
    case "text":
      return isFollowed ? splitSigns(part) : [part];
    case "if": {
      const otherwise = part.otherwise && { otherwise: withSafeSigns(part.otherwise, true) };
      return [{ ...part, then: withSafeSigns(part.then, true), ...otherwise }];
    }
    case "for":
      return [{ ...part, body: withSafeSigns(part.body, true) }];
    case "interpolation":
      return [part];
  }
}

function splitSigns(part: TemplateText): readonly TemplatePart[] {
  const signs = /[$%]+$/.exec(part.text)?.[0];
  if (signs === undefined) return [part];
  const { span } = part;
  const literal = { kind: "template", parts: [{ kind: "text", text: signs, span }], span } as const;
  const rest = part.text.slice(0, -signs.length);
  return [...(rest === "" ? [] : [{ ...part, text: rest }]), { kind: "interpolation", expression: literal, span }];
}
