// Orders go out at least once and are recorded once; what ended gets its tombstone, also when a crash came between.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
let base: string;
beforeEach(async () => {
  lab = await gatewayLab();
  base = await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
});
afterEach(() => lab.stop());

const propose = async (text: string, changes = {}): Promise<PatchId> => {
  const edits = [{ op: "replace", path: "a.ts", old_text: "one", new_text: text }];
  return (await lab.output("propose-patch", proposalArgs(base, { edits, ...changes })))[
    "patch_id"
  ] as PatchId;
};
const state = (id: PatchId) => lab.store.proposal(id)?.state;
const closure = async (id: PatchId) => {
  const found = await lab.gatewayExchange.orders.closure(id);
  return found.kind === "found" ? found.value.state : found.kind;
};
const count = (event: string) => lab.entries().filter((entry) => entry.event === event).length;

test("an order is handed over once, and the same bytes again after a crash", async () => {
  const id = await propose("two");
  await lab.rounds.once();
  await lab.rounds.once();
  expect(state(id)).toBe("validating");
  expect(count("proposal.dispatched")).toBe(1);
  const found = await lab.gatewayExchange.orders.read(id);
  expect(found.kind === "found" && found.value).toEqual(lab.store.proposal(id)!.order);
  expect(await closure(id)).toBe("absent");
});

test("a crash between writing the order and saying so writes it again and says it once", async () => {
  const id = await propose("two");
  await lab.gatewayExchange.orders.put(lab.store.outbox()[0]!);
  await lab.rounds.once();
  expect(state(id)).toBe("validating");
  expect(count("proposal.dispatched")).toBe(1);
});

test.each(["before", "after"])(
  "a withdrawal %s the hand-over leaves nothing that could be landed",
  async (when) => {
    const id = await propose("two");
    if (when === "after") await lab.rounds.once();
    await lab.output("withdraw-patch", { patch_id: id });
    await lab.rounds.once();
    // The note comes first in any case: a hand-over may have been under way.
    expect(await closure(id)).toBe("withdrawn");
    expect(existsSync(join(lab.layout.exchange, "orders", `${id}.json`))).toBe(when === "after");
  },
);

test("a tombstone that a crash prevented is written by the next process", async () => {
  const id = await propose("two");
  await lab.rounds.once();
  await lab.output("withdraw-patch", { patch_id: id });
  await lab.rounds.once();
  rmSync(join(lab.layout.exchange, "orders", `${id}.closed.json`));
  const next = await gatewayLab({ beside: lab });
  await next.rounds.once();
  expect(await closure(id)).toBe("withdrawn");
  await next.stop();
});

test("a superseded proposal is closed", async () => {
  const id = await propose("two");
  await lab.rounds.once();
  const newer = await propose("three", { supersedes: id });
  await lab.rounds.once();
  expect([state(id), await closure(id), state(newer)]).toEqual(["superseded", "superseded", "validating"]);
});

// Threat: an agent keeps thousands of proposals open, and every sweep loads and hashes them all.
test("a sweep loads only what is old enough to have expired", async () => {
  const loaded: string[] = [];
  const watched = await gatewayLab({
    beside: lab,
    store: (real) => ({
      ...real,
      proposals: (...asked) => {
        const found = real.proposals(...asked);
        loaded.push(...found.map(({ order }) => order.patch_id));
        return found;
      },
    }),
  });
  const old = await propose("two");
  watched.later(3_600_000);
  await watched.rounds.once();
  expect(loaded).toEqual([]);
  watched.later(86_401_000);
  await watched.rounds.once();
  expect([loaded, state(old)]).toEqual([[old], "expired"]);
  await watched.stop();
});

test("a proposal expires at its time, with entry and tombstone, and leaves the exchange a week later", async () => {
  const id = await propose("two");
  await lab.rounds.once();
  lab.later(86_399_000);
  await lab.rounds.once();
  expect(state(id)).toBe("validating");
  lab.later(12_000);
  await lab.rounds.once();
  expect([state(id), await closure(id), count("proposal.closed")]).toEqual(["expired", "expired", 1]);
  lab.later(8 * 86_400_000);
  const next = await gatewayLab({ beside: lab });
  next.later(9 * 86_400_000);
  await next.rounds.once();
  expect([...(await lab.gatewayExchange.orders.list()), await closure(id)]).toEqual(["absent"]);
  await next.stop();
});
