// A decision record on the terminal: one line for the gate, one row a condition.
import type { TriState } from "../../core/gate/decision.ts";
import type { DecisionRecord } from "../../core/gate/record.ts";
import { blamed } from "../../core/gate/requirement.ts";
import { readTree } from "../../core/gate/tree.ts";
import { columns, type Paint, type Style, wholeLine } from "../terminal/print.ts";

const style: Readonly<Record<TriState, Style>> = { true: "green", false: "red", unknown: "yellow" };

/** `gate: verdict is unknown (ci_tests_passed: trust_lane)`. */
export function gateLine(
  record: DecisionRecord | undefined,
  fault: string | undefined,
  paint: Paint,
): string {
  if (record === undefined)
    return `gate: ${paint("yellow", "the verdict does not say how it was decided (decision_missing)")}\n`;
  const states = new Map(record.conditions.map((condition) => [condition.id, condition]));
  const tree = readTree(record.require);
  const leaf =
    tree === undefined ? undefined : blamed(tree, (id) => states.get(id)?.state ?? "unknown", record.logic);
  const blame = leaf === undefined ? undefined : states.get(leaf);
  const count = `${record.conditions.length} condition${record.conditions.length === 1 ? "" : "s"}`;
  const why = blame === undefined ? count : `${blame.id}: ${reasonWords(blame) || blame.state}`;
  const permissive =
    record.permissive_until === null
      ? ""
      : ` ${paint("yellow", `dev.permissive lowered trust.min_lane (until ${record.permissive_until})`)}`;
  const wrong =
    fault === undefined ? "" : ` ${paint("red", wholeLine(`this record does not hold: ${fault}`))}`;
  return `gate: ${wholeLine(record.gate)} is ${paint(style[record.state], record.state)} (${wholeLine(why)})${permissive}${wrong}\n`;
}

/** Every condition: lane, state, reason, key, and the value where the record discloses it. */
export function recordText(record: DecisionRecord, paint: Paint): string {
  const rows = record.conditions.map((condition) => [
    `  ${condition.id}`,
    condition.state,
    `${condition.lane ?? "no evidence"} (needs ${condition.min_lane})`,
    `${condition.provider}.${condition.check}`,
    reasonWords(condition) || "-",
    condition.keyid === null ? "-" : `signed by ${condition.keyid}`,
    shown(condition),
  ]);
  return columns(
    rows.map((row) => row.map(wholeLine)),
    (cell, column, line) => {
      const condition = record.conditions[line];
      return column === 1 && condition !== undefined ? paint(style[condition.state], cell) : cell;
    },
  );
}

type Row = DecisionRecord["conditions"][number];

function reasonWords({ reason, detail }: Row): string {
  return [reason, detail].filter((word) => word !== null).join(" ");
}

function shown({ value, digest }: Row): string {
  if (value !== null) return `value ${value}`;
  return digest === null ? "" : `hmac ${digest.slice(0, 16)}…`;
}
