// The corpus of hostile, manual and honest patches through whole rounds of the validator, three ways each, by category.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fromUtf8, utf8 } from "../../src/core/base/bytes.ts";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import { composePatch, type ReadServed } from "../../src/core/proposal/compose.ts";
import { announcedChanges } from "../../src/core/proposal/diff-model.ts";
import { parseDiff } from "../../src/core/proposal/diff.ts";
import { renderDiff } from "../../src/core/proposal/render.ts";
import { judge } from "../../src/validator/round.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../support/bench.ts";
import { corpus, rows as rowsOf } from "../support/corpora.ts";
import { removeScratch, scratch } from "../support/scratch.ts";

export interface PatchRow {
  readonly id: string;
  readonly file: string;
  readonly verdict: "reject" | "manual" | "ok" | "reject_or_manual" | "reject_or_git";
  readonly category: string;
  readonly note?: string;
  readonly allow: readonly string[];
  readonly git: { readonly changes?: readonly (readonly [string, string, string, string])[] };
}

export interface Order {
  readonly row: PatchRow;
  readonly text: string;
  readonly name: string;
}

export const patchRows = rowsOf("git-patches/cases.jsonl") as readonly PatchRow[];

/** An order is JSON text: bytes that are not UTF-8, and nothing at all, cannot be one. */
export const orders: readonly Order[] = patchRows.flatMap((row) => {
  const text = fromUtf8(readFileSync(corpus(`git-patches/${row.file}`)));
  return text === undefined || text === "" ? [] : [{ row, text, name: row.id }];
});

/** What may happen to a row; everything else is a failure of the gate. */
const MAY: Readonly<Record<PatchRow["verdict"], readonly string[]>> = {
  reject: ["REJECTED"],
  manual: ["MANUAL_REQUIRED"],
  ok: ["APPROVED"],
  reject_or_manual: ["REJECTED", "MANUAL_REQUIRED"],
  reject_or_git: ["REJECTED", "MANUAL_REQUIRED", "APPROVED"],
};

export function may(row: PatchRow): readonly string[] {
  if (row.note?.includes("reject tolerated") === true) return [...MAY[row.verdict], "REJECTED"];
  return row.note?.includes("manual tolerated") === true
    ? [...MAY[row.verdict], "MANUAL_REQUIRED"]
    : MAY[row.verdict];
}

export interface PatchLab {
  outcome(row: PatchRow, patch: string): Promise<string>;
  /** By way of the gateway's own composition; undefined where it composes nothing. */
  composed(row: PatchRow, text: string): Promise<string | undefined>;
  remove(): void;
}

interface Bench {
  readonly on: TestBench;
  readonly base: OpenManifest;
}

export function openPatchLab(): PatchLab {
  const lab = scratch("lab");
  execFileSync("git", ["clone", "-q", corpus("git-patches/lab.bundle"), "-b", "main", lab]);
  const benches = new Map<string, Bench>();
  const benchFor = async ({ allow }: PatchRow): Promise<Bench> => {
    const key = JSON.stringify(allow);
    const known = benches.get(key);
    if (known !== undefined) return known;
    const toml = `[publish]\ninclude = ${key}\n[proposal]\ncreate = ${key}\nnames = ["file", "other", ".keep"]\n`;
    const on = await openBench(lab, toml);
    const made = { on, base: await publishNow(on) };
    benches.set(key, made);
    return made;
  };
  return {
    async outcome(row, patch) {
      const { on, base } = await benchFor(row);
      const id = await putOrder(on, base, patch);
      const judged = await judge(on.bench, base, id, true);
      if (judged.kind !== "signed") throw new Error(`${row.id}: ${judged.kind}`);
      const { outcome, checks } = (await verdictOn(on, id)).predicate;
      const broken = checks.filter(({ result }) => result === "ERROR").map(({ id: check }) => check);
      if (broken.length > 0) throw new Error(`${row.id}: ERROR of ${broken.join(", ")}`);
      return outcome;
    },
    async composed(row, text) {
      const { on, base } = await benchFor(row);
      const read: ReadServed = async (path) => {
        const entry = base.byPath.get(path);
        const found = entry === undefined ? undefined : await on.bench.exchange.published.blob(entry.sha256);
        return found?.kind === "found" ? { bytes: found.bytes, masks: [] } : undefined;
      };
      const made = await composePatch({ diff: text }, base, read, on.bench.setup.config);
      return made.ok ? made.value.patch : undefined;
    },
    remove() {
      removeScratch(lab);
      for (const { on } of benches.values()) {
        // The program that measures would not end while a child of it is alive.
        void on.bench.inspector.close();
        removeScratch(on.state);
      }
    },
  };
}

/** The row's change in canonical spelling; undefined where no reader of ours makes sense of it. */
export function canonicalOf(text: string): string | undefined {
  const parsed = parseDiff(utf8(text), 16);
  return parsed.ok ? fromUtf8(renderDiff(parsed.value)) : undefined;
}

/** Whether what is approved announces exactly the changes that git makes of the row. */
export function isGits({ git }: PatchRow, patch: string): boolean {
  const parsed = parseDiff(utf8(patch), 16);
  if (!parsed.ok) return false;
  const own = announcedChanges(parsed.value).map(({ status, path }) => `${status} ${path}`);
  return own.join("\n") === (git.changes ?? []).map(([status, , , path]) => `${status} ${path}`).join("\n");
}

/** What is wrong with a row's outcomes, or nothing. A patch that is not canonical is REJECTED as it was written. */
async function faultOf(lab: PatchLab, { row, text }: Order): Promise<string | undefined> {
  const canonical = canonicalOf(text);
  const raw = await lab.outcome(row, text);
  if (!(canonical === text ? may(row) : ["REJECTED"]).includes(raw)) return `as written: ${raw}`;
  const isHonest = row.verdict === "ok" || row.verdict === "manual";
  const patch = isHonest ? await lab.composed(row, text) : canonical;
  if (patch === undefined) return isHonest ? "not composed" : undefined;
  const seen = await lab.outcome(row, patch);
  if (!may(row).includes(seen)) return `in canonical spelling: ${seen}`;
  const differs = row.verdict === "reject_or_git" && seen === "APPROVED" && !isGits(row, patch);
  return differs ? "approved with other paths than git's" : undefined;
}

export interface Line {
  readonly name: string;
  readonly rows: number;
  readonly figure: string;
  readonly aim: string;
  readonly ok: boolean;
}

/** One line for each kind of verdict, and one for each category within it. */
export async function measure(): Promise<readonly Line[]> {
  const lab = openPatchLab();
  try {
    const faults = new Map<Order, string>();
    for (const one of orders) {
      const fault = await faultOf(lab, one);
      if (fault !== undefined) faults.set(one, fault);
    }
    const line = (name: string, own: readonly Order[]): Line => {
      const bad = own.flatMap((one) => (faults.has(one) ? [`${one.name} ${faults.get(one)}`] : []));
      const figure = `${own.length - bad.length}/${own.length}`;
      return { name, rows: own.length, figure: [figure, ...bad].join("; "), aim: "all", ok: bad.length === 0 };
    };
    const byVerdict = Map.groupBy(orders, ({ row }) => row.verdict);
    return [...byVerdict].flatMap(([verdict, own]) => [
      line(`git-patches: ${verdict}`, own),
      ...[...Map.groupBy(own, ({ row }) => row.category)].map(([name, some]) => line(`  ${name}`, some)),
    ]);
  } finally {
    lab.remove();
  }
}
