// `countersign token list`: the tokens that are kept, what they allow and until when; never a token and never its digest.
import { z } from "zod";
import type { Instant } from "../../core/base/time.ts";
import { instant } from "../../core/base/time.ts";
import type { Credential } from "../../core/identity/token.ts";
import { columns, type Style } from "../terminal/print.ts";
import { atTokenDesk } from "../tokens.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

export const tokenList = command({
  usage: "token list",
  about: "tokens with their states: all that have not expired, and the last 200 that have",
  options: [...whereOptions, jsonOption],
  schema: z.strictObject({ ...where, ...json }),
  run: async (world, _args, options) => {
    const kept = await atTokenDesk(world, options, ({ store }) => store.credentials());
    const now = instant(world.now());
    if (options.json === true) printJson(world, { tokens: kept.map((one) => view(one, now)) });
    else world.terminal.out(table(world, kept, now));
    return 0;
  },
});

type State = "live" | "expired" | "revoked" | "used";

const styles: Readonly<Record<State, Style>> = { live: "green", expired: "dim", revoked: "red", used: "dim" };

function stateOf({ revoked, used, expires }: Credential, now: Instant): State {
  if (revoked !== null) return "revoked";
  if (used !== null) return "used";
  return expires <= now ? "expired" : "live";
}

function view({ sha256: _, ...shown }: Credential, now: Instant): object {
  return { ...shown, state: stateOf({ ...shown, sha256: _ }, now) };
}

function table({ terminal }: World, kept: readonly Credential[], now: Instant): string {
  if (kept.length === 0) return "No tokens. countersign token issue --principal NAME makes one.\n";
  const rows = kept.map((one) => [
    one.id,
    one.principal,
    one.kind,
    stateOf(one, now),
    one.expires.slice(0, 16).replace("T", " "),
    one.grant.roles.join(","),
    one.family === one.id ? "" : one.family,
  ]);
  const head = ["ID", "PRINCIPAL", "KIND", "STATE", "EXPIRES (UTC)", "ROLES", "FAMILY"];
  return columns([head, ...rows], (cell, column, line) => {
    const one = kept[line - 1];
    if (one === undefined) return terminal.paint("bold", cell);
    return column === 3 ? terminal.paint(styles[stateOf(one, now)], cell) : cell;
  });
}
