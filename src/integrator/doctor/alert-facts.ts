// Looks at what alerts go by, as far as a person may: no store is opened, and nothing is cleared.
import { accessSync, constants } from "node:fs";
import type { Active } from "../../core/alert/alert.ts";
import { signsOf } from "../../core/alert/signs.ts";
import type { Config } from "../../core/config/schema.ts";
import { activeIn } from "../../io/alerts/active.ts";
import { openLook } from "../../io/alerts/look.ts";
import { alertPlaces } from "../../io/alerts/places.ts";
import { integratorExchange } from "../../io/exchange/files/open.ts";
import type { Layout } from "../../io/file/layout.ts";
import type { World } from "../world.ts";
import type { AlertsSeen } from "./alerts.ts";

export async function gatherAlerts({ now }: World, layout: Layout, config: Config): Promise<AlertsSeen> {
  const active = await raised(layout, now);
  const names = new Set((active ?? []).map(({ alert }) => alert));
  try {
    const { sealed, incidents } = await integratorExchange(layout.exchange);
    const look = openLook({
      layout,
      sealed,
      incidents,
      store: undefined,
      // From the beginning: the doctor has no start of its own that anything could be waiting for.
      since: 0,
      clock: now,
      // Keys, allow-list and exchange have findings of their own that say why.
      failed: () => undefined,
    });
    return { active, signs: signsOf((await look(config)).seen, config, names) };
  } catch {
    return { active, signs: signsOf({}, config, names) };
  }
}

/** A folder that is not there yet holds no alert; one of another user is none of ours. */
async function raised(layout: Layout, now: () => number): Promise<readonly Active[] | undefined> {
  const { active } = alertPlaces(layout);
  try {
    const found = await activeIn(active, now);
    accessSync(layout.gateway, constants.R_OK);
    return found.map((one) => one.active);
  } catch {
    return undefined;
  }
}
