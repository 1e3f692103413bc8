// Carries landing records into the audit log at once, when this user can open the gateway's store.
import { existsSync } from "node:fs";
import { CountersignError } from "../core/base/failure.ts";
import { printable } from "../core/base/refusal.ts";
import { carryLandings } from "../io/exchange/carry.ts";
import { openStore } from "../io/store/sqlite/open.ts";
import type { Context } from "./context.ts";
import type { World } from "./world.ts";

/**
 * Where the gateway has a user of its own, the store is out of reach, and its intake carries the records instead:
 * they are durable in the exchange already, so that is said and is no failure of the command.
 */
export async function carryIfReachable(
  world: World,
  { layout, exchange }: Pick<Context, "layout" | "exchange">,
): Promise<void> {
  if (!existsSync(layout.database)) return;
  try {
    const store = openStore(layout.database, { clock: world.now });
    try {
      await carryLandings(exchange.landings, store);
    } finally {
      store.close();
    }
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    world.terminal.err(
      `The audit log is out of reach (${printable(cause.message)}); the gateway carries the record into it.\n`,
    );
  }
}
