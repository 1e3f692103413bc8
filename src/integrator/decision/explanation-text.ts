// An explained gate on the terminal: a sentence first, then one block a condition.
import { columns, type Paint, wholeLine } from "../terminal/print.ts";
import type { ConditionExplained, GateExplained } from "./explanation.ts";

const LOGIC: Readonly<Record<string, string>> = {
  kleene: "kleene: an unknown that cannot matter does not",
  bochvar: "bochvar: any unknown makes the gate unknown",
};

export function explanationText(gate: GateExplained, paint: Paint): string {
  const head = [
    ["  logic", LOGIC[gate.logic] ?? gate.logic],
    ["  can ask", gate.providers.join(", ") || "nobody"],
    ["  dev.permissive", gate.permissive],
  ];
  return [
    `${paint("bold", wholeLine(gate.sentence))}\n`,
    table(head, paint),
    "  What countersign requires itself is asked besides, and nothing here takes any of it away.\n",
    ...gate.conditions.map((condition) => `\n${conditionText(condition, paint)}`),
  ].join("");
}

function conditionText(condition: ConditionExplained, paint: Paint): string {
  const { id, about, keys, hopeless } = condition;
  const rows = [
    ["    asks", condition.asks],
    ["    true when", condition.true_when],
    ["    type", condition.types.join(" or ")],
    ["    needs lane", needs(condition)],
    ["    comes in lane", condition.comes_in],
    ...(keys === null ? [] : [["    keys", keys.join(", ") || "none"]]),
  ];
  const title = `  ${paint("cyan", id)}${about === null ? "" : `: ${wholeLine(about)}`}\n`;
  const trouble =
    hopeless === null ? "" : `    ${paint("red", wholeLine(`cannot become true: ${hopeless}`))}\n`;
  return `${title}${table(rows, paint)}${trouble}`;
}

/** The strictest holds, so each of the three is shown with who asked for it. */
function needs({ needs: lane, needs_strictly: strictly, asked_for: said }: ConditionExplained): string {
  const parts = [`trust.min_lane ${said.trust}`];
  if (said.gate !== null) parts.push(`gate ${said.gate}`);
  if (said.condition !== null) parts.push(`condition ${said.condition}`);
  const lowered = lane === strictly ? "" : `; dev.permissive lowers it, ${strictly} without`;
  return `${lane} (strictest of ${parts.join(", ")}${lowered})`;
}

function table(rows: readonly (readonly string[])[], paint: Paint): string {
  return columns(
    rows.map(([name, value]) => [name ?? "", wholeLine(value ?? "")]),
    (cell, column) => (column === 0 ? paint("dim", cell) : cell),
  );
}
