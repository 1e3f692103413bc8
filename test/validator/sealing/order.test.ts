// Which month may begin, as a table.
import { expect, test } from "vitest";
import { orderFault } from "../../../src/validator/sealing/order.ts";

const now = Date.UTC(2026, 10, 22);
const of = (text: string): { shard: string; closed: boolean }[] =>
  text
    .split(" ")
    .filter(Boolean)
    .map((name) => ({ shard: name.slice(0, 7), closed: !name.endsWith("+") }));

// `+` goes on, everything else is sealed to its end.
test.each([
  [
    "9999-12",
    "",
    "lies in the future; where that is right all the same, countersign validator --admit-month",
  ],
  ["2027-01", "2026-10", "lies in the future"],
  ["2026-12", "2026-11+", "2026-11 is not sealed to its end"],
  ["2026-10", "2026-09 2026-11", "2026-11 is begun, and 2026-10 lies before it"],
  ["2026-10", "2026-09 2026-11+", "2026-11 is begun, and 2026-10 lies before it"],
])("%s may not begin behind '%s'", (shard, sealed, why) => {
  const facts = { sealed: of(sealed), regrowing: [], admitted: undefined, now };
  expect(orderFault(shard, facts)).toContain(why);
});

test("behind one that is grown again nothing begins", () => {
  const facts = { sealed: of("2026-10"), regrowing: ["2026-10"], admitted: undefined, now };
  expect(orderFault("2026-11", facts)).toBe("2026-10 is grown again");
});

test.each([
  ["2026-11", ""],
  ["2026-12", ""],
  ["2026-11", "2026-10"],
  // Months without an entry are none.
  ["2026-11", "2026-05"],
  // An older month that is not known to be closed was: the newest began behind it.
  ["2026-11", "2026-09+ 2026-10"],
  // Lost with the sealer's memory.
  ["2026-10", "2026-11+"],
])("%s may begin behind '%s'", (shard, sealed) => {
  const facts = { sealed: of(sealed), regrowing: [], admitted: undefined, now };
  expect(orderFault(shard, facts)).toBeUndefined();
});

test.each(["2027-03", "2026-10"])("the operator admits %s, and nothing else with it", (shard) => {
  const facts = { sealed: of("2026-09 2026-11"), regrowing: [], admitted: shard, now };
  expect(orderFault(shard, facts)).toBeUndefined();
  expect(orderFault("2027-04", facts)).toContain("lies in the future");
  const open = { ...facts, sealed: of("2026-09 2026-11+"), admitted: "2027-03" };
  expect(orderFault("2027-03", open)).toBe("2026-11 is not sealed to its end");
});
