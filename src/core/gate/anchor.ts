// Anchors: evidence of a provider for which the operator asks it must say where it was found.
import type { Anchor, AnchorRule } from "./evidence.ts";
import { isDecimal, isMap, parseValue, renderValue } from "./value.ts";

/**
 * What is wrong with an anchor, as a machine detail; undefined where no rule asks for one, or where it is as the rule says:
 * of its type, a JSON object in the one spelling of renderValue (keys sorted, none twice, no white space), and each field
 * there and a text or a number. Rules come from the operator's configuration only.
 */
export function anchorFault(rule: AnchorRule | undefined, anchor: Anchor | undefined): string | undefined {
  if (rule === undefined) return undefined;
  if (anchor === undefined) return "anchor_missing";
  if (anchor.type !== rule.type) return "anchor_type";
  const value = parseValue(anchor.value);
  if (value === undefined) return "anchor_json";
  if (!isMap(value)) return "anchor_object";
  // Two spellings of one place would be two anchors to whoever compares their text.
  if (renderValue(value) !== anchor.value) return "anchor_canonical";
  for (const field of rule.fields) {
    const found = value.get(field);
    if (found === undefined) return "anchor_field_missing";
    if (typeof found !== "string" && !isDecimal(found)) return "anchor_field_type";
  }
  return undefined;
}
