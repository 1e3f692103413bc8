// The corpora of attack material beside the project: read in place, and absent on most machines.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const home = join(import.meta.dirname, "../../../shared/corpora");

/** Where a file of the corpora lies. */
export function corpus(file: string): string {
  return join(home, file);
}

/** True when the corpora are there. They are other people's material under their licences and not part of a clone. */
export function hasCorpora(): boolean {
  const found = existsSync(home);
  if (!found)
    console.warn("the corpora (../shared/corpora) are not on this machine, so their tests are skipped");
  return found;
}

/** Rows of a JSON Lines file; none when the corpora are absent. */
export function rows(file: string): readonly unknown[] {
  const path = corpus(file);
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

/** Counts of `rows` by a key, as a table that a failing test prints. */
export function table<Row>(rows: readonly Row[], key: (row: Row) => string): string {
  const groups = Map.groupBy(rows, key);
  return [...groups]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, own]) => `${String(own.length).padStart(5)}  ${name}`)
    .join("\n");
}
