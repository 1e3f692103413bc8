// Where alerts are kept: below the gateway's own folder, so that no other process can raise, clear or take one away.
import { join } from "node:path";
import type { Layout } from "../file/layout.ts";

export interface AlertPlaces {
  /** One file for each alert that is raised and not cleared. */
  readonly active: string;
  /** Messages that the webhook has not taken yet. */
  readonly outbox: string;
}

export function alertPlaces({ gateway }: Pick<Layout, "gateway">): AlertPlaces {
  return { active: join(gateway, "alerts", "active"), outbox: join(gateway, "alerts", "outbox") };
}
