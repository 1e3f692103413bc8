// `countersign keys rotate`: the validator's program exchanges the keys, and what happened goes into the log.
import { statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { isOverride } from "../../core/config/overrides.ts";
import { keyRoles } from "../../core/attestation/key-record.ts";
import { integratorExchange } from "../../io/exchange/files/open.ts";
import { run } from "../../io/exec/exec.ts";
import type { Layout } from "../../io/file/layout.ts";
import { carryIfReachable } from "../carry.ts";
import { findState, type Where } from "../context.ts";
import { journalKeys } from "../key-journal.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

const doneSchema = z.strictObject({
  rotated: z.array(
    z.strictObject({
      role: z.enum(keyRoles),
      retired: z.string(),
      inUse: z.string(),
      finished: z.boolean(),
    }),
  ),
  revoked: z.string().nullable(),
});
type Done = z.infer<typeof doneSchema>;

const reason = z
  .string()
  .min(3)
  .max(300)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "must be one line of text");

export const keysRotate = command({
  usage: "keys rotate",
  about: "put new signing keys in the old ones' place; what the old ones signed goes on verifying",
  options: [
    ...whereOptions,
    { flags: "--role <role>", about: "attestation or sealer alone (default: both)" },
    {
      flags: "--revoke <keyid>",
      about: "give this key up, if it got into other hands: nothing that it ever signed counts for landing",
    },
    { flags: "--now-reason <text>", about: "why, for the log" },
    jsonOption,
  ],
  schema: z.strictObject({
    ...where,
    ...json,
    role: z.enum(keyRoles).optional(),
    revoke: z
      .string()
      .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, "must be a key id as keys list prints it")
      .optional(),
    nowReason: reason.optional(),
  }),
  run: async (world, _args, options) => {
    if (options.revoke !== undefined && options.role !== undefined)
      throw new CountersignError("usage", "--role and --revoke are both given", {
        fix: "The key id says which role it is.",
      });
    const layout = await findState(world, options);
    const done = await exchangeKeys(world, layout, options);
    await tellTheLog(world, layout, options.nowReason);
    if (options.json === true) printJson(world, done);
    else report(world, done);
    return 0;
  },
});

interface Asked extends Where {
  readonly role?: string | undefined;
  readonly revoke?: string | undefined;
}

const TIMEOUT_MS = 60_000;

/** A child of the validator's wing does it: this process never has a private key in its memory. */
async function exchangeKeys(world: World, layout: Layout, { config, role, revoke }: Asked): Promise<Done> {
  const known = Object.entries(world.env).filter(([name]) => name === "PATH" || isOverride(name));
  const words = [
    "--state",
    layout.root,
    "--json",
    ...(config === undefined ? [] : ["--config", config]),
    ...(role === undefined ? [] : ["--role", role]),
    ...(revoke === undefined ? [] : ["--revoke", revoke]),
  ];
  const { code, stdout, stderr } = await run({
    file: world.node,
    args: ["--disable-sigusr1", world.main("validator"), "keys", "rotate", ...words],
    cwd: world.cwd,
    env: Object.fromEntries(known.map(([name, value]) => [name, value ?? ""])),
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: 65_536,
  });
  if (code === 0) return doneSchema.parse(JSON.parse(stdout.toString("utf8")));
  throw new CountersignError("key_unusable", `the keys could not be rotated: ${printable(stderr.trim())}`, {
    fix: "Run it as the validator's user. What was begun is finished by the next countersign keys rotate.",
  });
}

/** The keys are exchanged by now. Where this user may not write the journal, the next command that may does it. */
async function tellTheLog(world: World, layout: Layout, why: string | undefined): Promise<void> {
  try {
    // Root would leave files of its own in there, which gateway and person cannot read.
    const folder = statSync(join(layout.exchange, "journal"), { throwIfNoEntry: false });
    if (folder === undefined || folder.uid !== world.uid)
      throw new CountersignError("state_unusable", "exchange/journal is not this user's");
    const exchange = await integratorExchange(layout.exchange);
    await journalKeys(exchange.journal, layout.trust, { person: world.user, reason: why });
    await carryIfReachable(world, { layout, exchange });
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    world.terminal.err(
      `The log does not know of it yet (${printable(cause.message)}); the next countersign integrate tells it.\n`,
    );
  }
}

function report({ terminal }: World, { rotated, revoked }: Done): void {
  for (const { role, retired, inUse, finished } of rotated) {
    terminal.out(`${terminal.paint("green", "rotated")} ${role} ${inUse}\n  in place of ${retired}\n`);
    if (finished) terminal.out("  an earlier rotation that was interrupted is finished; none was begun\n");
  }
  if (revoked !== null)
    terminal.out(`${terminal.paint("yellow", "revoked")} ${revoked}: nothing that it signed counts\n`);
  terminal.out(
    "A validator that runs ends and is started again under the new key; gateways need no restart.\n",
  );
}
