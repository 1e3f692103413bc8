// What the commands about tokens share: the gateway's store, who did it, and how a new token is made and shown once.
import type { AuditData, AuditEvent, AuditNote } from "../core/audit/entry.ts";
import { CountersignError } from "../core/base/failure.ts";
import { printable } from "../core/base/refusal.ts";
import { instant } from "../core/base/time.ts";
import type { Config } from "../core/config/schema.ts";
import {
  type Credential,
  credentialSchema,
  type Minted,
  mintToken,
  TOKEN_BYTES,
} from "../core/identity/token.ts";
import { openStore } from "../io/store/sqlite/open.ts";
import type { Store } from "../io/store/store.ts";
import { auditKeysFor } from "./audit-keys.ts";
import { overridesOf } from "./commands/command.ts";
import { configPath, findState, type Where } from "./context.ts";
import { loadSetup } from "../io/file/config.ts";
import type { World } from "./world.ts";

const DAY_MS = 86_400_000;

export interface TokenDesk {
  readonly store: Store;
  readonly config: Config;
}

/** The store of a gateway that may be running: it takes the change over with its next request. */
export async function atTokenDesk<T>(
  world: World,
  where: Where,
  work: (desk: TokenDesk) => T | Promise<T>,
): Promise<T> {
  const layout = await findState(world, where);
  const { config } = loadSetup(
    layout,
    world.root,
    configPath(world, layout, where),
    overridesOf(world),
    world.now(),
  );
  const keys = await auditKeysFor(world, config);
  const { personal } = config.audit;
  const store = openStore(layout.database, { clock: world.now, keys, random: world.random, personal });
  try {
    return await work({ store, config });
  } finally {
    store.close();
  }
}

/** By the operating-system user: who may write the store may do this, and nobody else. */
export function byPerson(world: World, event: AuditEvent, data: AuditData): AuditNote {
  return { event, actor: { principal: `os:${printable(world.user).slice(0, 100)}` }, data };
}

/** The days that were asked for; without a word 30, or fewer where the configuration says so. */
export function daysOf(asked: string | undefined, { auth }: Config): number {
  const days = asked === undefined ? Math.min(30, auth.max_token_days) : Number(asked);
  if (days >= 1 && days <= auth.max_token_days) return days;
  throw new CountersignError(
    "usage",
    `a token lives 1 to ${auth.max_token_days} days here (auth.max_token_days)`,
    {
      fix: `Use --days ${auth.max_token_days} or less.`,
    },
  );
}

type Draft = Pick<Credential, "kind" | "principal" | "bound" | "grant"> & {
  readonly family: string | undefined;
  readonly days: number;
};

export interface Made {
  readonly minted: Minted;
  readonly credential: Credential;
}

/** A new token; a refresh token of it lives as the configuration says, and its family for all the days. */
export function makeToken(world: World, { auth }: Config, { family, days, ...draft }: Draft): Made {
  const minted = mintToken(world.random(TOKEN_BYTES));
  const now = world.now();
  const ends = now + days * DAY_MS;
  const credential = credentialSchema.parse({
    ...draft,
    id: minted.id,
    family: family ?? minted.id,
    sha256: minted.sha256,
    began: instant(now),
    created: instant(now),
    expires: instant(draft.kind === "refresh" ? Math.min(now + auth.refresh_seconds * 1000, ends) : ends),
    ends: instant(ends),
    used: null,
    revoked: null,
  });
  return { minted, credential };
}

/** The only time that a token is seen: alone on its line of standard output; everything else goes to standard error. */
export function showOnce({ terminal }: World, { minted, credential }: Made, origin: string): void {
  const { id, kind, principal, expires, ends } = credential;
  const until = kind === "refresh" ? `until ${expires}, its family until ${ends}` : `until ${expires}`;
  terminal.err(`token ${id} for ${principal}, ${until}. It is shown once and kept nowhere:\n`);
  terminal.out(`${minted.token}\n`);
  const lines = kind === "refresh" ? refreshLines(origin) : callLines(origin);
  terminal.err(
    `next, with the token in the variable TOKEN (printf keeps it out of the list of processes):\n${lines}`,
  );
}

function callLines(origin: string): string {
  return [
    `  printf 'Authorization: Bearer %s' "$TOKEN" |`,
    `    curl -H @- -H 'Content-Type: application/json' -d '{}' ${origin}/actions/read-manifest\n`,
  ].join("\n");
}

function refreshLines(origin: string): string {
  return [
    `  printf 'grant_type=refresh_token&refresh_token=%s' "$TOKEN" | curl -d @- ${origin}/token`,
    "It answers with an access token and the next refresh token; this one is used up then.\n",
  ].join("\n");
}

/** Where clients reach the gateway, as far as the configuration says. */
export function originOf({ server }: Config): string {
  const { public_url: given, bind, port, tls } = server.http;
  if (given !== "") return given;
  return `${tls.termination === "none" ? "http" : "https"}://${bind.includes(":") ? `[${bind}]` : bind}:${port}`;
}
