// `countersign token list`: the tokens that are kept, what they allow and until when; never a token and never its digest.
import { z } from "zod";
import type { Instant } from "../../core/base/time.ts";
import { instant } from "../../core/base/time.ts";
import type { Config } from "../../core/config/schema.ts";
import { capped, type Credential, isOrphan } from "../../core/identity/token.ts";
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
    const listed = await atTokenDesk(world, options, ({ store, config }) =>
      store.credentials().map((kept) => listedAs(kept, config, instant(world.now()))),
    );
    if (options.json === true) printJson(world, { tokens: listed.map(view) });
    else world.terminal.out(table(world, listed));
    return 0;
  },
});

type State = "live" | "expired" | "revoked" | "used" | "unmapped";

/** A token as it holds under this configuration, which may end it before it was to end when it was issued. */
interface Listed {
  readonly token: Credential;
  readonly state: State;
}

const styles: Readonly<Record<State, Style>> = {
  live: "green",
  expired: "dim",
  revoked: "red",
  used: "dim",
  unmapped: "red",
};

function listedAs(kept: Credential, { auth, principals }: Config, now: Instant): Listed {
  const token = capped(kept, auth.max_token_days);
  return { token, state: stateOf(token, principals, now) };
}

function stateOf(token: Credential, principals: Config["principals"], now: Instant): State {
  if (token.revoked !== null) return "revoked";
  if (token.used !== null) return "used";
  if (token.expires <= now) return "expired";
  return isOrphan(token, principals) ? "unmapped" : "live";
}

/** Without the digest: JSON leaves out what is undefined. */
function view({ token, state }: Listed): object {
  return { ...token, sha256: undefined, state };
}

function table({ terminal }: World, listed: readonly Listed[]): string {
  if (listed.length === 0) return "No tokens. countersign token issue --principal NAME makes one.\n";
  const rows = listed.map(({ token, state }) => [
    token.id,
    token.principal,
    token.kind,
    state,
    token.expires.slice(0, 16).replace("T", " "),
    token.grant.roles.join(","),
    token.family === token.id ? "" : token.family,
  ]);
  const head = ["ID", "PRINCIPAL", "KIND", "STATE", "EXPIRES (UTC)", "ROLES", "FAMILY"];
  return columns([head, ...rows], (cell, column, line) => {
    const one = listed[line - 1];
    if (one === undefined) return terminal.paint("bold", cell);
    return column === 3 ? terminal.paint(styles[one.state], cell) : cell;
  });
}
