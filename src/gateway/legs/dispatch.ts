// Leg one: hands accepted proposals to the validator, and closes those in the exchange that nobody may land any more.
import type { AuditNote } from "../../core/audit/entry.ts";
import { instant, millisOf } from "../../core/base/time.ts";
import type { PatchId } from "../../core/base/ids.ts";
import type { Closure } from "../../core/proposal/order.ts";
import { withoutLines } from "../../core/proposal/blank.ts";
import { isEnded, isFinal, type State } from "../../core/proposal/state.ts";
import type { OrderWriter } from "../../io/exchange/exchange.ts";
import type { StoredProposal } from "../../io/store/store.ts";
import type { LegParts } from "./parts.ts";
import { isLookedThrough } from "./quarantine.ts";

/** Orders of finished proposals stay this long for a person to look at; then they leave the exchange. */
const KEPT_MS = 7 * 86_400_000;

/**
 * Outbox → orders, at least once. Crash story: between `put` and `dispatched` the order stands in the exchange and the
 * outbox row remains; the next round writes the same bytes again, and `dispatched` says so once.
 */
export async function dispatch({ store, orders, actor, news }: LegParts): Promise<void> {
  for (const order of store.outbox()) {
    await orders.put(order);
    const data = {
      patch_id: order.patch_id,
      patch_sha256: order.patch_sha256,
      arguments_sha256: order.arguments_sha256,
    };
    store.dispatched(order.patch_id, { event: "proposal.dispatched", actor, data } satisfies AuditNote);
    news.tell({ kind: "patch", id: order.patch_id });
  }
}

/**
 * Tombstones and removals, from the folder's point of view: whatever was missed before a crash is found again, because
 * the order still stands there. `done` remembers what needs no second look in this process. What ended before anybody
 * looked through its files may hold a secret: its lines leave the exchange as they left the store, behind the note that
 * forbids landing.
 */
export async function closeOrders(parts: LegParts, done: Set<PatchId>): Promise<void> {
  const { store, orders, clock } = parts;
  for (const id of await orders.list()) {
    if (done.has(id)) continue;
    const proposal = store.proposal(id);
    if (proposal === undefined) continue;
    const { order, state } = proposal;
    if (isEnded(state)) {
      await ensureClosed(orders, proposal, state);
      if (!(await isLookedThrough(parts, id))) await orders.put(withoutLines(order));
    }
    if (!isFinal(state)) continue;
    if (clock() - millisOf(proposal.updated) > KEPT_MS) await orders.remove(id);
    else done.add(id);
  }
}

async function ensureClosed(
  orders: OrderWriter,
  proposal: StoredProposal,
  state: Closure["state"],
): Promise<void> {
  const found = await orders.closure(proposal.order.patch_id);
  if (found.kind === "found" && found.value.state === state) return;
  await writeClosure(orders, proposal);
}

/**
 * The note that forbids landing, durable when this resolves. Whoever says that a proposal has ended writes it first: a
 * gateway that is killed right behind its answer would otherwise leave an order that a person can still land. It is
 * written for a proposal that was never handed over, too; its hand-over may be under way.
 */
export async function writeClosure(
  orders: Pick<OrderWriter, "close">,
  { order, state, updated }: StoredProposal,
): Promise<void> {
  if (isEnded(state)) await orders.close({ version: 1, patch_id: order.patch_id, state, at: updated });
}

/**
 * Proposals whose time is over. Only those that are old enough are loaded: an agent can keep thousands open. After a
 * change of the configured time some are marked late, which harms nobody: validator and integrator go by the order's
 * own expiry.
 */
export function expire({ store, clock, ttlSeconds, actor, news }: LegParts, open: readonly State[]): void {
  const now = clock();
  for (const { order, state, statement, reasons } of store.proposals(
    open,
    instant(now - ttlSeconds() * 1000),
  )) {
    if (now <= millisOf(order.expires)) continue;
    const data = {
      patch_id: order.patch_id,
      state: "expired",
      from: state,
      arguments_sha256: order.arguments_sha256,
    };
    const note = { event: "proposal.closed" as const, actor, data };
    if (store.settle({ id: order.patch_id, state: "expired", statement, reasons, note }))
      news.tell({ kind: "patch", id: order.patch_id });
  }
}
