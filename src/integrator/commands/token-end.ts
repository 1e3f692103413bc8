// `countersign token revoke` and `rotate`: a token ends at once, or when its successor has taken over.
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { instant, millisOf } from "../../core/base/time.ts";
import type { Config } from "../../core/config/schema.ts";
import { capped, type Credential, credentialSchema, isOrphan } from "../../core/identity/token.ts";
import type { Revocable } from "../../io/store/store.ts";
import { atTokenDesk, byPerson, makeToken, originOf, showOnce } from "../tokens.ts";
import { argument, command, where, whereOptions } from "./command.ts";

const DAY_MS = 86_400_000;

export const tokenRevoke = command({
  usage: "token revoke [id]",
  about: "end a token, all tokens of a principal, or a family, from the next request on",
  options: [
    { flags: "--principal <name>", about: "all tokens of this principal" },
    { flags: "--family <id>", about: "all tokens that came from one issued token" },
    { flags: "--reason <text>", about: "why, for the audit log" },
    ...whereOptions,
  ],
  schema: z.strictObject({
    ...where,
    principal: z.string().min(1).max(64).optional(),
    family: z.string().min(1).max(64).optional(),
    reason: z.string().min(1).max(300).optional(),
  }),
  run: (world, [id], { principal, family, reason, ...options }) => {
    const what = revocableOf(id, principal, family);
    if (reason === undefined)
      throw new CountersignError("usage", "--reason is missing", {
        fix: "Say why, for the log: --reason TEXT.",
      });
    const asked = Object.values(what).join("");
    const data = { reason: printable(reason), by: Object.keys(what).join(""), asked: printable(asked) };
    return atTokenDesk(world, options, ({ store }) => {
      const count = store.revoke(what, byPerson(world, "token.revoked", data));
      const which = printable(asked);
      world.terminal.out(
        count === 0
          ? `nothing was revoked: ${which} has no token that was not revoked before (countersign token list)\n`
          : `revoked ${count} ${count === 1 ? "token" : "tokens"} of ${which}\n`,
      );
      return count === 0 ? 1 : 0;
    });
  },
});

function revocableOf(id?: string, principal?: string, family?: string): Revocable {
  const named: readonly Revocable[] = [
    ...(id === undefined ? [] : [{ id }]),
    ...(principal === undefined ? [] : [{ principal }]),
    ...(family === undefined ? [] : [{ family }]),
  ];
  const [what, ...more] = named;
  if (what === undefined || more.length > 0)
    throw new CountersignError("usage", "exactly one of ID, --principal and --family says what is revoked");
  // Recorded as it is, for ever: a name, or a whole token, that was written in the wrong place must not get there.
  if (!("principal" in what) && !credentialSchema.shape.id.safeParse(Object.values(what)[0]).success)
    throw new CountersignError("usage", "the id of a token or a family has 16 hexadecimal characters", {
      fix: "countersign token list shows ids; a name stands behind --principal.",
    });
  return what;
}

export const tokenRotate = command({
  usage: "token rotate <id>",
  about: "make a new token that allows the same; the old one goes on for the overlap",
  options: [
    {
      flags: "--overlap <time>",
      about: "how long both work, such as 30m, 24h or 7d; 0m for not at all (default: 24h)",
    },
    ...whereOptions,
  ],
  schema: z.strictObject({
    ...where,
    overlap: z
      .string()
      .regex(/^\d{1,4}[mhd]$/, "must be a number with m, h or d")
      .optional(),
  }),
  run: (world, args, { overlap = "24h", ...options }) => {
    const id = argument(args, 0, "ID");
    return atTokenDesk(world, options, ({ store, config }) => {
      const kept = store.credential(id);
      if (kept === undefined) throw notRotated(id);
      const old = capped(kept, config.auth.max_token_days);
      if (old.expires <= instant(world.now())) throw notRotated(id);
      if (isOrphan(old, config.principals)) throw orphaned(old);
      const made = makeToken(world, config, {
        kind: "bearer",
        principal: old.principal,
        bound: old.bound,
        grant: old.grant,
        family: old.family,
        days: lifeOf(old, config),
      });
      const until = instant(world.now() + millisIn(overlap));
      const note = byPerson(world, "token.rotated", { for: old.principal, family: old.family, until });
      if (!store.rotate(id, until, [made.credential], note)) throw notRotated(id);
      const ends = until < old.expires ? until : old.expires;
      world.terminal.err(`token ${id} ends at ${ends}; its successor:\n`);
      showOnce(world, made, originOf(config));
      return 0;
    });
  },
});

function notRotated(id: string): CountersignError {
  return new CountersignError(
    "usage",
    `there is no bearer token ${printable(id)} that could be rotated: it must be live`,
    {
      fix: "countersign token list shows which are. Refresh tokens rotate by themselves; an expired one is issued again.",
    },
  );
}

function orphaned({ id, principal }: Credential): CountersignError {
  return new CountersignError(
    "usage",
    `the token ${id} was issued for the entry ${principal} of [[principals]], which is gone: a new one would open nothing`,
    { fix: `Write the entry ${principal} again, or: countersign token issue.` },
  );
}

/** As many days as the old one had, within what is allowed today. */
function lifeOf({ created, ends }: Credential, { auth }: Config): number {
  const days = Math.ceil((millisOf(ends) - millisOf(created)) / DAY_MS);
  return Math.min(days, auth.max_token_days);
}

function millisIn(text: string): number {
  const unit = { m: 60_000, h: 3_600_000, d: DAY_MS }[text.at(-1) ?? ""] ?? 0;
  return Number(text.slice(0, -1)) * unit;
}
