// P14, P15, G47: a proposal that was recorded is handed over and judged once, wherever the kill -9 falls.
import Database from "better-sqlite3";
import { once } from "node:events";
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bin, content, propose } from "../support/agent.ts";
import { serveAlone } from "../support/alone.ts";
import { proposalArgs } from "../support/gateway.ts";
import { chainOf } from "../support/chain.ts";
import { auditEntries } from "../support/log.ts";
import { eventually } from "../support/processes.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { replace } from "../support/refusal-scene.ts";
import { type RpcClient, rpcClient } from "../support/rpc.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";
import { canAttach, inject } from "../support/strace.ts";

describe.runIf(canAttach())("kill -9 of the gateway at each step of a proposal", () => {
  let state: PublishedState;
  let base: string;
  beforeEach(async () => {
    state = await publishedState();
    base = await state.publish({ "src/a.ts": "one\n" });
  });
  afterEach(() => removeScratch(state.layout.root));

  const start = (): Promise<RpcClient> =>
    rpcClient({ command: process.execPath, args: [bin, "gateway", "--state", state.layout.root, "--stdio"] });
  const args = (): Record<string, unknown> => ({
    ...proposalArgs(base, { edits: [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "two" }] }),
    idempotency_key: "the-same",
  });
  const count = (event: string): number =>
    auditEntries(state.layout.root).filter((entry) => entry.event === event).length;
  const stored = (): readonly unknown[] => {
    const db = new Database(state.layout.database, { readonly: true });
    const rows = db.prepare<[], { state: string }>("SELECT state FROM proposal").all();
    db.close();
    return rows.map((row) => row.state);
  };
  const orders = (): readonly string[] =>
    readdirSync(join(state.layout.exchange, "orders")).filter((name) => !name.startsWith(".tmp-"));

  const WRITE = "pwrite64:signal=SIGKILL:when=";
  const NAME = "rename,renameat,renameat2,link,linkat:signal=SIGKILL:when=1";
  const LOG = "gateway/store.db-wal";
  // [proposals accepted, orders with a name, hand-overs recorded] prove that the kill fell where the title says; when the
  // store writes other pages than today, the numbers behind `when=` have to be found again.
  test.each([
    ["within the entry of the call", `${WRITE}3`, LOG, [0, 0, 0]],
    ["within the proposal's transaction", `${WRITE}17`, LOG, [0, 0, 0]],
    ["with the order written and not named", NAME, undefined, [1, 0, 0]],
    [
      "with the order named and its folder not synced",
      "fsync,fdatasync:signal=SIGKILL:when=1",
      "exchange/orders",
      [1, 1, 0],
    ],
    ["within the entry of the hand-over", `${WRITE}33`, LOG, [1, 1, 0]],
  ] as const)("%s", async (_, rule, path, expected) => {
    const client = await start();
    await inject(client.child.pid ?? 0, rule, path === undefined ? path : join(state.layout.root, path));
    const gone = once(client.child, "exit");
    const answer = await client.call("propose-patch", args());
    expect(((await gone) as unknown[])[1]).toBe("SIGKILL");
    const acknowledged = content(answer)["patch_id"];
    const [accepted, dispatched] = [count("proposal.accepted"), count("proposal.dispatched")];
    // Row and entry are one transaction: both or neither, and what was acknowledged is there.
    expect([accepted, orders().length, dispatched, stored().length]).toEqual([...expected, accepted]);
    if (acknowledged !== undefined) expect(accepted).toBe(1);

    const next = await start();
    const again = content(await next.call("propose-patch", args()));
    if (acknowledged !== undefined) expect(again["patch_id"]).toBe(acknowledged);
    const handed = (): true | undefined => (count("proposal.dispatched") === 1 ? true : undefined);
    expect(await eventually(handed)).toBe(true);
    const id = String(again["patch_id"]);
    expect(orders()).toEqual([`${id}.json`]);
    const order = await state.exchange.orders.read(id as never);
    if (order.kind !== "found") throw new Error(`the order is ${order.kind}`);
    await state.judge(order.value);
    expect(await eventually(() => (stored()[0] === "approved" ? true : undefined))).toBe(true);
    const events = ["proposal.accepted", "proposal.dispatched", "verdict.received"];
    expect([stored().length, ...events.map(count)]).toEqual([1, 1, 1, 1]);
    await next.close();
  });
});

test("the same order delivered again, also by another validator after a restart: one verdict, byte for byte", async () => {
  const served = await serveAlone(scratchRepository("delivered", { "src/a.ts": "export const a = 1;\n" }));
  const id = String(content(await propose(served, replace("src/a.ts", "a = 1", "a = 2"), 0))["patch_id"]);
  const [order, verdict] = [
    join(served.state, "exchange", "orders", `${id}.json`),
    join(served.state, "exchange", "verdicts", `${id}.dsse.json`),
  ];
  expect(
    await eventually(() =>
      auditEntries(served.state).some(({ event }) => event === "proposal.dispatched") ? true : undefined,
    ),
  ).toBe(true);
  expect(served.look()).toBe(0);
  const first = { bytes: readFileSync(verdict, "utf8"), inode: statSync(verdict).ino };
  copyFileSync(order, `${order}.aside`);
  for (let round = 0; round < 2; round++) {
    rmSync(order);
    copyFileSync(`${order}.aside`, order);
    expect(served.look()).toBe(0);
  }
  expect({ bytes: readFileSync(verdict, "utf8"), inode: statSync(verdict).ino }).toEqual(first);
  expect(readdirSync(join(served.state, "exchange", "verdicts"))).toEqual([`${id}.dsse.json`]);
  const received = (): true | undefined =>
    auditEntries(served.state).some(({ event }) => event === "verdict.received") ? true : undefined;
  expect(await eventually(received)).toBe(true);
  expect(auditEntries(served.state).filter(({ event }) => event === "verdict.received")).toHaveLength(1);
  expect(chainOf(served.state).ok).toBe(true);
  await served.stop();
  removeScratch(served.repo);
});
