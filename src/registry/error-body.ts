/** What registries and token servers say in the body of a refusal. */
import { isRecord } from "../base/json-shape.ts";
import { stripControl } from "../base/text.ts";

const longest = 300;

/** One line for people; empty when there is nothing in it that was meant for them (a web page, for one). */
export function reasonOf(body: string): string {
  const answer = parseObject(body);
  const { details, error_description: description, error, errors, message } = answer;
  const [first]: readonly unknown[] = Array.isArray(errors) ? errors : [];
  const listed = isRecord(first) ? (first.message ?? first.code) : undefined;
  const reason = [details, description, error, listed, message].find((text) => typeof text === "string" && text !== "");
  return typeof reason === "string" ? stripControl(reason).replace(/\s+/g, " ").slice(0, longest) : "";
}

/** The codes of the distribution specification that an answer gives: `BLOB_UNKNOWN`, `TOOMANYREQUESTS`. */
export function errorCodes(body: string): readonly string[] {
  const { errors } = parseObject(body);
  const listed: readonly unknown[] = Array.isArray(errors) ? errors : [];
  return listed.flatMap((each) => (isRecord(each) && typeof each.code === "string" ? [each.code] : []));
}

/** A JSON object; empty for everything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
