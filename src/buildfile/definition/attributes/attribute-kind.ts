/** What an attribute of a block may hold. */
import type { TargetSettings } from "../../definition.ts";
import type { Value } from "../../hcl/value.ts";
import type { AttributeSubject } from "./attribute-reader.ts";

export interface AttributeReading {
  /** What a reference to the attribute gives; made when one comes, because most attributes are never referred to. */
  readonly value: () => Value;
  /** What it sets; empty for attributes of groups. */
  readonly settings: TargetSettings;
}

export interface AttributeKind {
  /** What a reference gives when the block does not set the attribute, or sets it to null. */
  readonly unset: Value;
  /** undefined when the value does not fit, which has been reported. */
  readonly read: (subject: AttributeSubject) => AttributeReading | undefined;
}
