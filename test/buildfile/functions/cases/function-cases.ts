/** What calls of one function give, and what they are refused for. */
interface FunctionCases {
  /** Expressions and their values as JSON. The first one is the example in docs/functions.md. */
  readonly good: readonly (readonly [expression: string, json: string])[];
  /** Expressions and a part of the message of their only diagnostic. */
  readonly bad: readonly (readonly [expression: string, message: string])[];
}

export type CasesByFunction = Readonly<Record<string, FunctionCases>>;
