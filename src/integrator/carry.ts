// Carries what a person did into the audit log at once, when this user can open the gateway's store.
import { existsSync } from "node:fs";
import { type AuditKeys, NO_KEYS } from "../core/audit/sealed-line.ts";
import { CountersignError } from "../core/base/failure.ts";
import { printable } from "../core/base/refusal.ts";
import { environmentOverrides } from "../core/config/overrides.ts";
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
    const keys = await keysOf(world, layout, setup);
    const store = openStore(layout.database, { clock: world.now, keys, random: world.random });
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

/** Some commands do without a configuration. One that cannot be read names no keys; an encrypted log is then not opened. */
async function keysOf(world: World, layout: Layout, setup: Setup | undefined): Promise<AuditKeys> {
  if (setup !== undefined) return auditKeysFor(world, setup.config);
  try {
    const overrides = environmentOverrides(world.env);
    const { config } = loadSetup(layout, world.root, layout.config, overrides, world.now());
    return await auditKeysFor(world, config);
  } catch (cause) {
    if (cause instanceof CountersignError) return NO_KEYS;
    throw cause;
  }
}
