// Where incidents are opened and closed: the state folder and its exchange alone.
import { existsSync } from "node:fs";
import { CountersignError } from "../core/base/failure.ts";
import type { IntegratorExchange } from "../io/exchange/exchange.ts";
import { integratorExchange } from "../io/exchange/files/open.ts";
import type { Layout } from "../io/file/layout.ts";
import { findState, type Where } from "./context.ts";
import type { World } from "./world.ts";

/** Neither repository nor configuration has to be in order to stop everything. */
export interface IncidentDesk {
  readonly layout: Layout;
  readonly exchange: IntegratorExchange;
}

export async function openIncidentDesk(world: World, options: Where): Promise<IncidentDesk> {
  const layout = await findState(world, options);
  // A typing error in --state must not end in an incident that stops nobody.
  if (!existsSync(layout.exchange))
    throw new CountersignError("state_unusable", `there is no countersign state in ${layout.root}`, {
      fix: "Name the state folder with --state DIR, or stand in its repository.",
    });
  return { layout, exchange: await integratorExchange(layout.exchange) };
}
