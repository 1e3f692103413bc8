// `countersign token issue`: a bearer token for one principal, with what it may do; shown once, kept as a digest.
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import type { PrincipalEntry } from "../../core/config/schema-doors.ts";
import type { Config } from "../../core/config/schema.ts";
import { entryNamed, isReservedName, principalNameSchema } from "../../core/identity/principal.ts";
import { lanes, roles, toolNames } from "../../core/identity/scope.ts";
import { type Grant, grantSchema } from "../../core/identity/token.ts";
import { atTokenDesk, byPerson, daysOf, makeToken, originOf, showOnce } from "../tokens.ts";
import { command, where, whereOptions } from "./command.ts";

const number = z.string().regex(/^[1-9]\d{0,6}$/, "must be a number from 1 on");

const schema = z.strictObject({
  ...where,
  principal: principalNameSchema
    .refine((name) => !isReservedName(name), "is a name of this program's own entries in the audit log")
    .optional(),
  role: z.array(z.enum(roles)).optional(),
  tool: z.array(z.enum(toolNames)).optional(),
  paths: z.array(z.string()).optional(),
  lane: z.enum(lanes).optional(),
  days: number.optional(),
  refresh: z.boolean().optional(),
  perMinute: number.optional(),
  perHour: number.optional(),
  maxPending: number.optional(),
});
type Options = z.infer<typeof schema>;

export const tokenIssue = command({
  usage: "token issue",
  about: "make a bearer token for a principal and print it once, alone on standard output",
  options: [
    {
      flags: "--principal <name>",
      about: "who the token stands for, in the log, in proposals and in limits",
    },
    { flags: "--role <role...>", about: `what it may do: ${roles.join(", ")} (default: proposer)` },
    { flags: "--tool <tool...>", about: "only these tools of its roles" },
    { flags: "--paths <glob...>", about: "only files that match one of these" },
    {
      flags: "--lane <lane>",
      about: `${lanes.join(" or ")}: verified proposals carry no claims of their own (default: asserted)`,
    },
    {
      flags: "--days <n>",
      about: "how long it lives (default: 30, or auth.max_token_days where that is less)",
    },
    {
      flags: "--refresh",
      about: "make a refresh token, to be exchanged at /token for short-lived access tokens",
    },
    { flags: "--per-minute <n>", about: "calls a minute; the smaller of this and the configuration's holds" },
    {
      flags: "--per-hour <n>",
      about: "proposals an hour; the smaller of this and the configuration's holds",
    },
    {
      flags: "--max-pending <n>",
      about: "waiting proposals; the smaller of this and the configuration's holds",
    },
    ...whereOptions,
  ],
  schema,
  run: (world, _args, options) => {
    const { principal: asked } = options;
    if (asked === undefined)
      throw new CountersignError("usage", "--principal is missing", {
        fix: "Say who the token is for: --principal NAME.",
      });
    const grant = grantOf(options);
    return atTokenDesk(world, options, ({ store, config }) => {
      const entry = entryNamed(config.principals, asked);
      const principal = entry?.name ?? asked;
      const bound = entry !== undefined;
      const days = daysOf(options.days, config);
      const kind = options.refresh === true ? "refresh" : "bearer";
      const made = makeToken(world, config, { kind, principal, bound, grant, family: undefined, days });
      const { family, expires, ends } = made.credential;
      const facts = { for: principal, bound, kind, family, expires, ends, ...factsOf(grant) };
      store.issue([made.credential], byPerson(world, "token.issued", facts));
      for (const warning of warnings(principal, entry, grant, config))
        world.terminal.err(`note: ${warning}\n`);
      showOnce(world, made, originOf(config));
      return 0;
    });
  },
});

function grantOf(options: Options): Grant {
  const limit = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
  const grant = grantSchema.safeParse({
    roles: [...new Set(options.role ?? ["proposer"])],
    tools: options.tool === undefined ? null : [...new Set(options.tool)],
    paths: options.paths ?? null,
    lane: options.lane ?? "asserted",
    per_minute: limit(options.perMinute),
    per_hour: limit(options.perHour),
    max_pending: limit(options.maxPending),
  });
  if (grant.success) return grant.data;
  const [issue] = grant.error.issues;
  throw new CountersignError(
    "usage",
    printable(`--${String(issue?.path[0])}: ${issue?.message ?? "is not valid"}`),
  );
}

/** What the log says of a grant; a long list of globs is cut, the row keeps it whole. */
function factsOf({ roles: held, tools, paths, lane }: Grant): Readonly<Record<string, string | null>> {
  const list = (words: readonly string[] | null): string | null =>
    words === null ? null : printable(words.join(" "));
  return { roles: list(held), tools: list(tools), paths: list(paths), lane };
}

function* warnings(
  principal: string,
  entry: PrincipalEntry | undefined,
  grant: Grant,
  { auth }: Config,
): Generator<string> {
  if (auth.mode !== "bearer_token")
    yield `auth.mode is ${auth.mode}: tokens are only looked at with bearer_token`;
  if (entry === undefined)
    yield (
      `no entry of [[principals]] is named ${principal}: the token stands alone, with the roles and restrictions ` +
      "of this command; an entry of that name would narrow it further"
    );
  else if (!grant.roles.some((role) => entry.roles.includes(role)))
    yield `the entry ${principal} of [[principals]] has none of these roles: the token will be able to do nothing`;
}
