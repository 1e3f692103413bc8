// The vector files, as they are committed: `node test/core/gate/written/files.ts` writes them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { comparisons, judgements, type Line } from "./cells.ts";
import { decisions } from "./decisions.ts";
import { orders } from "./orders.ts";
import { signed } from "./signed.ts";
import { trees } from "./trees.ts";
import { anchors, lanes, precedence } from "./trust.ts";
import { contents, readings } from "./values.ts";

export const FOLDER = join(import.meta.dirname, "../../../vectors/gate");

/** Text of each file by its name. */
export function files(): ReadonlyMap<string, string> {
  const written: Readonly<Record<string, readonly Line[]>> = {
    "anchors.jsonl": anchors(),
    "comparators.jsonl": comparisons(),
    "conditions.jsonl": judgements(),
    "contents.jsonl": contents(),
    "decisions.jsonl": decisions(),
    "lanes.jsonl": lanes(),
    "orders.jsonl": orders(),
    "precedence.jsonl": precedence(),
    "signed.jsonl": signed(),
    "trees.jsonl": trees(),
    "values.jsonl": readings(),
  };
  const text = (lines: readonly Line[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  return new Map(Object.entries(written).map(([name, lines]) => [name, text(lines)]));
}

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of files()) writeFileSync(join(FOLDER, name), text);
}
