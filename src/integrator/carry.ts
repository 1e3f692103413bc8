// Carries what a person did into the audit log at once, when this user can open the gateway's store.
import { existsSync } from "node:fs";
import { type AuditKeys, NO_KEYS } from "../core/audit/sealed-line.ts";
import { CountersignError } from "../core/base/failure.ts";
import { printable } from "../core/base/refusal.ts";
import { environmentOverrides } from "../core/config/overrides.ts";
import type { Config } from "../core/config/schema.ts";
import { carryAll } from "../io/exchange/carry.ts";
import { loadSetup, type Setup } from "../io/file/config.ts";
import type { Layout } from "../io/file/layout.ts";
import { openStore } from "../io/store/sqlite/open.ts";
import { auditKeysFor } from "./audit-keys.ts";
import type { Context } from "./context.ts";
import type { World } from "./world.ts";

/**
 * Where the gateway has a user of its own, the store is out of reach, and its intake carries the records instead:
 * they are durable in the exchange already, so that is said and is no failure of the command.
 */
export async function carryIfReachable(
  world: World,
  { layout, exchange, setup }: Pick<Context, "layout" | "exchange"> & { readonly setup?: Setup },
): Promise<void> {
  if (!existsSync(layout.database)) return;
  try {
    const ways = await waysOf(world, layout, setup);
    const store = openStore(layout.database, { clock: world.now, random: world.random, ...ways });
    try {
      await carryAll(exchange, store);
    } finally {
      store.close();
    }
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    world.terminal.err(
      `The audit log is out of reach (${printable(cause.message)}); the gateway carries it over.\n`,
    );
  }
}

interface Ways {
  readonly keys: AuditKeys;
  readonly personal: Config["audit"]["personal"];
}

/**
 * Some commands do without a configuration. One that cannot be read names no keys; an encrypted log is then not opened. Nor
 * does it allow names in the log.
 */
async function waysOf(world: World, layout: Layout, setup: Setup | undefined): Promise<Ways> {
  try {
    const { config } = setup ?? loadedSetup(world, layout);
    return { keys: await auditKeysFor(world, config), personal: config.audit.personal };
  } catch (cause) {
    if (setup === undefined && cause instanceof CountersignError)
      return { keys: NO_KEYS, personal: "committed" };
    throw cause;
  }
}

function loadedSetup(world: World, layout: Layout): Setup {
  const overrides = environmentOverrides(world.env);
  return loadSetup(layout, world.root, layout.config, overrides, world.now());
}
