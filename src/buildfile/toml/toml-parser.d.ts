/**
 * The part of @iarna/toml we build on: its state machine over characters. A state is a method; a method that reads a key, a value or a
 * statement hands its result to the method named when it was called (`record…`).
 */
declare module "@iarna/toml/lib/toml-parser.js" {
  type ParserMethod = (returned: unknown) => unknown;

  interface ParserState {
    parser: ParserMethod;
    buf: string;
    returned: unknown;
    result: unknown;
    resultTable: unknown;
    resultArr: unknown;
  }

  class TomlParser {
    /** Offset of `char`; at the end, the length of the text. */
    protected ii: number;
    /** The code point being looked at. */
    protected char: number;
    protected _buf: string | null;
    protected state: ParserState;
    protected stack: ParserState[];

    protected nextChar(): boolean;
    protected runOne(): unknown;
    finish(): unknown;
    protected next(method: ParserMethod): unknown;
    protected goto(method: ParserMethod): unknown;
    protected return(value?: unknown): unknown;
    protected returnNow(value?: unknown): unknown;
    protected error(error: Error): Error;

    protected parseStart(): unknown;
    protected parseWhitespaceToEOL(): unknown;
    protected parseKeyword(): unknown;
    protected parseValue(): unknown;
    protected parseAssignKeywordPreDot(): unknown;
    protected recordAssignKeyword(key: unknown): unknown;
    protected recordAssignValue(value: unknown): unknown;
    protected recordAssignStatement(assignment: unknown): unknown;
    protected parseTable(): unknown;
    protected parseTableNext(): unknown;
    protected parseTableMore(key: unknown): unknown;
    protected parseList(): unknown;
    protected parseListNext(): unknown;
    protected parseListMore(key: unknown): unknown;
    protected parseListEnd(): unknown;
    protected parseInlineListNext(): unknown;
    protected recordInlineListValue(value: unknown): unknown;
    protected parseInlineTableNext(): unknown;
    protected recordInlineTableValue(assignment: unknown): unknown;
  }

  export = TomlParser;
}
