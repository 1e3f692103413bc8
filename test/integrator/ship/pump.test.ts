// Making deliveries smaller is no failure: --once ends with everything taken by whoever takes anything at all.
import { expect, test } from "vitest";
import { pump, type PumpParts } from "../../../src/integrator/ship/pump.ts";
import { soundLog } from "../../support/audit-lab.ts";

const rows = soundLog([["2026-11", 700]]);

/** Ships all of it to somebody who takes so many bytes at once. */
async function ship(limit: number): Promise<{ kind: string; got: number; asked: number }> {
  let [got, asked] = [0, 0];
  const parts: PumpParts = {
    rows: ({ from, maxRows }) => ({ ok: true, rows: rows.slice(from, from + maxRows), full: true }),
    sink: {
      name: "sink",
      destination: "sink",
      close: () => Promise.resolve(),
      deliver: (records) => {
        asked += 1;
        if (records.join("\n").length > limit) return Promise.resolve({ kind: "large", why: "413" });
        got += records.length;
        return Promise.resolve({ kind: "delivered" });
      },
    },
    cursor: { move: () => Promise.resolve() },
    last: undefined,
    keys: { others: [] },
    encode: ({ line }) => line,
    once: true,
    stopped: () => asked > 2000,
    sleep: () => Promise.resolve(),
    chance: () => 0,
    told: () => undefined,
  };
  const { kind } = await pump(parts);
  return { kind, got, asked };
}

test.each([100_000, 8192, 1000])("%i bytes at once: all of it", async (limit) => {
  expect(await ship(limit)).toMatchObject({ kind: "done", got: rows.length });
});

test("a single entry is too much: given up after five tries, none of them a smaller part", async () => {
  const { kind, got, asked } = await ship(10);
  expect({ kind, got }).toEqual({ kind: "gave-up", got: 0 });
  expect(asked).toBeLessThan(20);
});
