// Borders between months: each way of bending one has its code, at the entry where it shows.
import { describe, expect, test } from "vitest";
import {
  type ChainFault,
  type ChainRow,
  type ChainState,
  checkEntry,
  emptyChain,
} from "../../../src/core/audit/chain.ts";
import { type Draft, draft, linked, months, rootOf } from "../../support/chains.ts";

function walk(rows: readonly ChainRow[]): { at: number; code: ChainFault; expected: string } | ChainState {
  let state: ChainState = emptyChain;
  for (const [at, one] of rows.entries()) {
    const step = checkEntry(state, one);
    if (!step.ok) return { at, code: step.code, expected: step.expected };
    state = step.state;
  }
  return state;
}

/** 0-5 of October, 6 and 7 of November, 8-13 of January. */
const good = months({ "2026-10": 4, "2026-11": 0, "2027-01": 5 });
const [open, close] = [6, 5];
const bent = (at: number, changes: Partial<Draft>): readonly Draft[] =>
  good.with(at, { ...good[at]!, ...changes });
const saying = (at: number, data: Draft["data"]): readonly Draft[] =>
  bent(at, { data: { ...good[at]!.data, ...data } });

describe("a border that is bent", () => {
  test.each<[string, readonly Draft[], number, ChainFault, string]>([
    [
      "the month before is another one",
      saying(open, { previous: "2026-09" }),
      open,
      "SHARD_LINK",
      "previous ",
    ],
    ["there is none before it", saying(open, { previous: null }), open, "SHARD_LINK", "previous "],
    ["it had one entry more", saying(open, { previous_size: 7 }), open, "SHARD_LINK", "previous_size 6"],
    ["it had one entry fewer", saying(open, { previous_size: 5 }), open, "SHARD_LINK", "previous_size 6"],
    [
      "its root is another one",
      saying(open, { previous_root: rootOf([]).toString("base64") }),
      open,
      "SHARD_LINK",
      "previous_root ",
    ],
    ["its root is missing", saying(open, { previous_root: null }), open, "SHARD_LINK", "previous_root "],
    [
      "its last leaf is another one",
      saying(open, { previous_leaf: "0".repeat(64) }),
      open,
      "SHARD_LINK",
      "previous_leaf ",
    ],
    ["the form of opening is an unknown one", saying(open, { format: 3 }), open, "SHARD_LINK", "format 2"],
    ["it is opened and was not closed", good.toSpliced(close, 1), close, "SHARD_LINK", "shard.close"],
    [
      "entries follow behind the closing one",
      good.toSpliced(open, 0, draft("2026-10", 6, "call.allowed")),
      open,
      "SHARD_LINK",
      "shard.open",
    ],
    [
      "it is closed twice",
      good.toSpliced(open, 0, draft("2026-10", 6, "shard.close", { entries: 7 })),
      open,
      "SHARD_LINK",
      "shard.open",
    ],
    ["the closing one counts wrong", saying(close, { entries: 5 }), close, "SHARD_LINK", "entries 6"],
    ["the closing one does not count", bent(close, { data: {} }), close, "SHARD_LINK", "entries 6"],
    ["the month goes back", bent(open, { shard: "2026-09" }), open, "SHARD_LINK", "a month behind 2026-10"],
    ["the month stays", bent(open, { shard: "2026-10" }), open, "SHARD_LINK", "a month behind 2026-10"],
    [
      "a month begins with another entry",
      bent(open, { event: "call.allowed" }),
      open,
      "SHARD_LINK",
      "shard.open",
    ],
    ["a month does not begin with 0", bent(open, { seq: 1 }), open, "SEQ_GAP", "0"],
    ["the numbers go on", bent(open, { seq: 6 }), open, "SEQ_GAP", "0"],
    ["a number is left out behind it", bent(open + 1, { seq: 2 }), open + 1, "SEQ_GAP", "1"],
    ["an entry of the next month within one", bent(3, { shard: "2026-11" }), 3, "SHARD_LINK", "2026-10"],
    [
      "it is opened again within the month",
      good.toSpliced(3, 0, draft("2026-10", 3, "shard.open", { format: 2, previous: null })),
      3,
      "SHARD_LINK",
      "shard.close",
    ],
    ["the log begins with a later month", good.slice(open), 0, "SHARD_LINK", "the first shard"],
    ["the log begins with something else", bent(0, { event: "call.allowed" }), 0, "SHARD_LINK", "shard.open"],
  ])("%s", (_, drafts, at, code, expected) => {
    const found = walk(linked(drafts));
    expect(found).toMatchObject({ at, code });
    expect("expected" in found && found.expected.startsWith(expected)).toBe(true);
  });

  test("a whole month is taken out, and the next one made to follow: its root and size are the other one's", () => {
    const without = good.toSpliced(open, 2);
    expect(walk(linked(without))).toMatchObject({ at: open, code: "SHARD_LINK" });
  });

  // Every link holds and every number: only the root of the month before, stated behind it, tells.
  test("an entry of a closed month is rewritten, and all links behind it with it", () => {
    const rewritten = good.with(2, draft("2026-10", 2, "call.allowed", { n: 99 }));
    expect(walk(linked(rewritten))).toMatchObject({ at: open, code: "SHARD_LINK" });
  });
});

describe("a log over several months", () => {
  test("holds, also where a month had no entry but its first and last, and where one is left out", () => {
    const rows = linked(good);
    const tree = rows.slice(8).map(({ leaf }) => leaf);
    const end = walk(rows);
    expect(end).toMatchObject({ position: 14, shard: "2027-01", nextSeq: 6, closed: false });
    expect("tree" in end && end.tree?.root()).toBe(rootOf(tree).toString("hex"));
  });

  test("holds with the first entry of earlier versions", () => {
    expect(walk(linked(saying(0, { format: 1 }).slice(0, 3)))).toMatchObject({ position: 3 });
  });

  // A rewritten first entry would show at the border; here the tree is not known from its beginning.
  test("is also followed from within a month, then without its root", () => {
    const rows = linked(good);
    let state: ChainState | undefined;
    for (const row of rows.slice(2)) {
      if (state === undefined) {
        state = {
          ...emptyChain,
          position: 2,
          shard: "2026-10",
          nextSeq: 2,
          head: rows[1]!.leaf as ChainState["head"],
        };
      }
      const step = checkEntry(state, row);
      if (!step.ok) throw new Error(step.code);
      state = step.state;
    }
    expect(state).toMatchObject({ position: 14 });
  });
});
