/** Binary operators by how tightly they bind. */
import type { BinaryOperator } from "./syntax.ts";
import type { TokenKind } from "./token.ts";

const levels: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "%"],
];

export interface OperatorInfo {
  readonly operator: BinaryOperator;
  /** From 1; the higher, the tighter. */
  readonly level: number;
}

const operators: ReadonlyMap<TokenKind, OperatorInfo> = new Map(
  levels.flatMap((group, index) =>
    group.map((operator): [TokenKind, OperatorInfo] => [operator, { operator, level: index + 1 }]),
  ),
);

/** The binary operator a token is, if it is one. */
export function binaryOperator(kind: TokenKind): OperatorInfo | undefined {
  return operators.get(kind);
}

export function precedenceOf(operator: BinaryOperator): number {
  return operators.get(operator)?.level ?? 0;
}
