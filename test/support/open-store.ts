// An open store in a scratch folder, with a clock to turn and its log at hand.
import { join } from "node:path";
import type { Order } from "../../src/core/proposal/order.ts";
import type { State } from "../../src/core/proposal/state.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import type { Store, Submission, SubmitResult } from "../../src/io/store/store.ts";
import { type LogReport, verifyLog } from "../../src/io/store/verify.ts";
import { at, digestOf, note, NOON, patchId, yes } from "./proposals.ts";
import { removeScratch, scratch } from "./scratch.ts";

interface Logged {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface OpenStore {
  readonly path: string;
  store: Store;
  now: number;
  /** All entries behind shard.open. */
  log(): readonly Logged[];
  events(): readonly string[];
  /** Submits `order`, made now, with roomy limits unless `changes` says otherwise. */
  submit(order: Order, changes?: Partial<Submission>): SubmitResult;
  settle(n: number, state: State): boolean;
  reopen(): void;
  /** Closes and removes everything; the report on the chain as the test left it. */
  end(): LogReport;
}

export function newStore(): OpenStore {
  const folder = scratch("store");
  const path = join(folder, "store.db");
  const clock = (): number => it.now;
  const it: OpenStore = {
    path,
    now: NOON,
    store: openStore(path, { clock: () => NOON, create: true }),
    log: () => [...it.store.auditRows(1)].map(({ line }) => JSON.parse(line) as Logged),
    events: () => it.log().map(({ event }) => event),
    submit: (order, changes) =>
      it.store.submit(yes(), {
        order: { ...order, created: at(it.now - NOON) },
        idempotencyKey: null,
        limits: { maxPending: 100, perHour: 100 },
        note: note("proposal.accepted", { patch_id: order.patch_id }),
        ...changes,
      }),
    settle: (n, state) => {
      const said = note("verdict.received", { patch_id: patchId(n) });
      return it.store.settle({
        id: patchId(n),
        state,
        statement: digestOf("statement"),
        reasons: [],
        note: said,
      });
    },
    reopen: () => {
      it.store.close();
      it.store = openStore(path, { clock });
    },
    end: () => {
      const report = verifyLog(it.store.auditRows(0));
      it.store.close();
      removeScratch(folder);
      return report;
    },
  };
  it.reopen();
  return it;
}
