// The attack matrix on single entries: whatever is done to one that is sealed, the report names the code and the entry.
import { type Arbitrary, assert, asyncProperty, integer, record } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { leafHash } from "../../../src/core/audit/entry.ts";
import type { Report } from "../../../src/integrator/audit/report.ts";
import { entryIn, type LabRow, relinked, renumbered } from "../../support/audit-lab.ts";
import {
  atPosition,
  edited,
  forged,
  OCTOBER,
  rehashed,
  sealAll,
  SEALED,
  sound,
  verify,
} from "../../support/audit-matrix.ts";

beforeAll(sealAll);

interface Attack {
  readonly rows: (n: number, other: number) => readonly LabRow[];
  /** The code; by place, where an attack is another one there. */
  readonly code: string | ((n: number, other: number) => string);
  /** The entry that is named, by its position; the one that was attacked. */
  readonly named?: (n: number, other: number) => number;
}

const isBorder = (n: number): boolean => n === 0 || n === OCTOBER || n === OCTOBER - 1;
const swapped = (n: number, other: number): readonly LabRow[] => {
  const [a, b] = [sound[n]!, sound[other]!];
  return sound.with(n, { ...b, position: n }).with(other, { ...a, position: other });
};

/** On entries that are sealed, and not at the border of a shard (which has a table of its own). */
const attacks: readonly (readonly [string, Attack])[] = [
  ["edit", { rows: (n) => sound.with(n, edited(sound[n]!)), code: "LEAF_COLUMN_MISMATCH" }],
  ["edit, with its hash", { rows: (n) => sound.with(n, rehashed(edited(sound[n]!))), code: "PREV_MISMATCH" }],
  ["replace, with its hash", { rows: (n) => sound.with(n, forged(sound[n]!)), code: "PREV_MISMATCH" }],
  [
    "change of its hash alone",
    {
      rows: (n) => sound.with(n, { ...sound[n]!, leaf: leafHash("another") }),
      code: "LEAF_COLUMN_MISMATCH",
    },
  ],
  [
    "change of what it is about",
    {
      rows: (n) => sound.with(n, { ...sound[n]!, about: "patch:none" }),
      code: "LEAF_COLUMN_MISMATCH",
    },
  ],
  [
    "spaces put in",
    {
      rows: (n) => sound.with(n, rehashed({ ...sound[n]!, line: sound[n]!.line.replace(",", ", ") })),
      code: "NOT_CANONICAL",
    },
  ],
  ["no JSON", { rows: (n) => sound.with(n, rehashed({ ...sound[n]!, line: `x${n}` })), code: "BAD_JSON" }],
  ["delete", { rows: (n) => sound.toSpliced(n, 1), code: "SEQ_GAP" }],
  ["delete, the rest moved up", { rows: (n) => renumbered(sound.toSpliced(n, 1)), code: "SEQ_GAP" }],
  [
    "delete, the rest written anew",
    {
      rows: (n) => {
        const { shard } = entryIn(sound[n]!);
        const rest = renumbered(sound.toSpliced(n, 1));
        const moved = rest.map((row) => {
          const entry = entryIn(row);
          const isBehind = row.position >= n && entry.shard === shard;
          const data =
            entry.event === "shard.close" ? { entries: Number(entry.data["entries"]) - 1 } : entry.data;
          const line = isBehind ? JSON.stringify({ ...entry, data, seq: entry.seq - 1 }) : row.line;
          return { ...row, line };
        });
        return relinked(moved, n);
      },
      code: "CKPT_ROOT",
    },
  ],
  ["insert", { rows: (n) => renumbered(sound.toSpliced(n, 0, forged(sound[n]!))), code: "SEQ_DUP" }],
  [
    "swap with a later one of the month",
    {
      rows: swapped,
      code: (n, other) => (atPosition(n).shard === atPosition(other).shard ? "SEQ_GAP" : "SHARD_LINK"),
    },
  ],
  ["truncate", { rows: (n) => sound.slice(0, n), code: "TRUNCATED" }],
  [
    "rewrite from here with hashes recomputed",
    {
      rows: (n) => relinked(sound.with(n, forged(sound[n]!)), n),
      code: "CKPT_ROOT",
    },
  ],
];

const runs = { numRuns: 24, seed: Number(process.env["FC_SEED"] ?? 20_261_123) };
const sealedEntry: Arbitrary<number> = integer({ min: 1, max: OCTOBER + SEALED - 1 }).filter(
  (n) => !isBorder(n),
);
const two = record({ n: sealedEntry, ahead: integer({ min: 1, max: 40 }) });

describe(`any one attack on any one sealed entry (seed ${runs.seed})`, () => {
  test.each(attacks)("%s", async (_name, { rows, code, named = (n) => n }) => {
    await assert(
      asyncProperty(two, async ({ n, ahead }) => {
        const other = Math.min(n + ahead + 1, sound.length - 1);
        const report = await verify(rows(n, other));
        expect({ n, code: report.code, ...placeIn(report) }).toEqual({
          n,
          code: typeof code === "string" ? code : code(n, other),
          ...atPosition(named(n, other)),
        });
        expect(report).toMatchObject({ ok: false, verdict: "damaged", suspects: [report.seq] });
        expect(report.coveredByCheckpoint?.size).toBeGreaterThan(report.seq!);
        expect(report.line).toBe(named(n, other) + 1);
      }),
      runs,
    );
  });
});

function placeIn({ shard, seq }: Report): { shard: string | null; seq: number | null } {
  return { shard, seq };
}
