// Where incidents are opened and closed: the state folder and its exchange alone.
import { existsSync } from "node:fs";
import type { Incident, IncidentId } from "../core/audit/incident.ts";
import { CountersignError } from "../core/base/failure.ts";
import { printable } from "../core/base/refusal.ts";
import type { IntegratorExchange } from "../io/exchange/exchange.ts";
import { integratorExchange } from "../io/exchange/files/open.ts";
import type { Layout } from "../io/file/layout.ts";
import { findState, type Where } from "./context.ts";
import { type LandingLock, type LockPatience, takeLandingLock } from "./landing-lock.ts";
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

/**
 * With the lock of landings: what lands has its refs before, or sees the incident. Nobody's lock, hung or hostile, keeps
 * everything from being stopped: when patience ends, it is opened all the same, and the person is told what that leaves open.
 */
export async function putIncident(
  { terminal }: Pick<World, "terminal">,
  { layout, exchange }: IncidentDesk,
  incident: Incident,
  patience: LockPatience,
): Promise<void> {
  let lock: LandingLock | undefined;
  try {
    lock = await takeLandingLock(layout, patience);
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    terminal.err(
      `Opened without the lock (${printable(cause.message)}): a landing that has it may still make its refs.\n`,
    );
  }
  try {
    await exchange.incidents.put(incident);
  } finally {
    lock?.release();
  }
}

/** The one incident, open or closed, whose id is or begins with `typed` (8 characters or more). Throws `usage`. */
export async function resolveIncident(
  { incidents }: Pick<IntegratorExchange, "incidents">,
  typed: string,
): Promise<IncidentId> {
  // A folder that cannot be listed still has what is open.
  const known = [
    ...incidents.open().map(({ incident_id: id }) => id),
    ...(await incidents.all()).map(({ incident_id: id }) => id),
  ];
  const word = typed.trim().toLowerCase();
  const found = [...new Set(known)].filter((id) => id === word || (word.length >= 8 && id.startsWith(word)));
  const [id] = found;
  if (id !== undefined && found.length === 1) return id;
  throw new CountersignError(
    "usage",
    `${found.length === 0 ? "no incident" : `${found.length} incidents`} of that id`,
    {
      fix: "countersign incident list shows the ids; 8 characters are enough when they are unique.",
    },
  );
}
