// What a landing saw of the seals is remembered, too: a log that is set back later is told by whoever landed last.
import { unrevoked } from "../../core/attestation/key-life.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { deploymentOf } from "../../core/config/deployment.ts";
import { roleKeys } from "../../io/file/keyring.ts";
import type { Context } from "../context.ts";
import type { World } from "../world.ts";
import { sealedAnchors } from "./anchors.ts";
import { remember } from "./remembered.ts";

/** Never fails the command: what was landed stays landed. */
export async function rememberSealed(
  world: World,
  { layout, exchange, setup }: Pick<Context, "layout" | "exchange" | "setup">,
): Promise<void> {
  try {
    const sealers = unrevoked(roleKeys(layout.trust, "sealer"));
    const terms = { deployment: deploymentOf(setup.config), sealers, attesters: [] };
    const why = await remember(layout, (await sealedAnchors(exchange.sealed, terms)).anchors, terms);
    if (why !== undefined) world.terminal.err(`What was seen cannot be remembered: ${printable(why)}\n`);
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    world.terminal.err(`What was seen cannot be remembered: ${printable(cause.message)}\n`);
  }
}
