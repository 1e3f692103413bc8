// `countersign allowlist sync|show`: the list of source addresses that may connect, brought up to date and looked at.
import { resolve } from "node:path";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { instant } from "../../core/base/time.ts";
import { type AllowList, parseAllowList, renderAllowList, staleness } from "../../core/identity/allowlist.ts";
import { allowlistReader, writeAllowlist } from "../../io/file/allowlist.ts";
import { configuredPath, loadSetup } from "../../io/file/config.ts";
import { isUrl, type Plan, planSync, readSource, timerSeconds } from "../allowlist.ts";
import { configPath, findState, type Where } from "../context.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, overridesOf, printJson, where, whereOptions } from "./command.ts";

const HOUR = 3600;

const syncSchema = z.strictObject({
  ...where,
  ...json,
  from: z.string().min(1).max(4096).optional(),
  force: z.boolean().optional(),
  addCidr: z.array(z.string().max(64)).max(1000).optional(),
  verify: z.boolean().optional(),
  every: z.coerce.number().positive().max(8760).optional(),
});
type SyncOptions = z.infer<typeof syncSchema>;

export const allowlistSync = command({
  usage: "allowlist sync",
  about: "bring the allow-list of source addresses up to date from a file or an https URL",
  options: [
    ...whereOptions,
    {
      flags: "--from <source>",
      about:
        "file or https URL: lines, a JSON array, or {prefixes: [{ipv4Prefix}]}; a file is as old as its last change",
    },
    {
      flags: "--add-cidr <cidr...>",
      about: "these too; without --from into the list in place, which gets no younger by it",
    },
    {
      flags: "--force",
      about: "sync a list that is still young, vouch for an old file, let ranges shorter than /16 or /32 in",
    },
    { flags: "--verify", about: "write nothing; check the source, or without --from the list in place" },
    { flags: "--every <hours>", about: "how often your timer runs this; warns when that is too seldom" },
    jsonOption,
  ],
  schema: syncSchema,
  run: async (world, _args, options) => {
    const place = await listPlace(world, options);
    if (place.path === undefined)
      throw new CountersignError("usage", "the configuration names no allow-list", {
        fix: "Set network.allowlist_file to the place where it shall be.",
      });
    const warning = timerWarning(options.every, place.maxAgeSeconds);
    if (options.from === undefined && options.addCidr === undefined)
      return checkInPlace(world, options, place.path, place.maxAgeSeconds, warning);
    return sync(world, options, place.path, place.maxAgeSeconds, warning);
  },
});

async function sync(
  world: World,
  options: SyncOptions,
  path: string,
  maxAgeSeconds: number,
  warning: string | undefined,
): Promise<number> {
  const { from, addCidr: added = [], force = false, verify = false } = options;
  const now = world.now();
  const request = { from: from === undefined || isUrl(from) ? from : resolve(world.cwd, from), added, force };
  const plan = await planSync(request, {
    now,
    maxAgeSeconds,
    current: allowlistReader(path)(),
    read: (source) => readSource(source, now),
  });
  const text = plan.kind === "write" ? renderAllowList(plan.words) : undefined;
  const list = text === undefined ? listOf(plan) : believedOf(text);
  if (text !== undefined && !verify) await writeAllowlist(path, text);
  const written = text !== undefined && !verify;
  if (options.json === true)
    printJson(world, {
      ok: plan.kind !== "refuse",
      written,
      path,
      ...wordsOf(plan),
      ...factsOf(list),
      warning,
    });
  else
    tell(world, path, plan, list, {
      written,
      maxAgeSeconds,
      warning,
      temporary: from !== undefined && added.length > 0,
    });
  return plan.kind === "refuse" ? 1 : 0;
}

/** What would be written must be what a gateway believes: the same reader checks it before it gets its name. */
function believedOf(text: string): AllowList {
  const believed = parseAllowList(new TextEncoder().encode(text));
  if (believed.ok) return believed.list;
  throw new CountersignError("usage", `a list of these ranges would not be believed: ${believed.why}`);
}

function listOf(plan: Plan): AllowList | undefined {
  return plan.kind === "keep" ? plan.list : undefined;
}

function wordsOf(plan: Plan): Readonly<Record<string, string>> {
  return plan.kind === "write" ? {} : { why: plan.why };
}

function factsOf(list: AllowList | undefined): Readonly<Record<string, unknown>> {
  if (list === undefined) return {};
  const { source, fetched, hash, forced, cidrs } = list;
  return { source, fetched_at: instant(fetched * 1000), content_hash: hash, forced, ranges: cidrs.length };
}

interface Told {
  readonly written: boolean;
  readonly maxAgeSeconds: number;
  readonly warning: string | undefined;
  readonly temporary: boolean;
}

function tell(world: World, path: string, plan: Plan, list: AllowList | undefined, told: Told): void {
  const { terminal } = world;
  if (plan.kind === "refuse") {
    terminal.err(`${terminal.paintErr("red", "refused")} ${printable(plan.why)}\n${plan.fix}\n`);
    return;
  }
  const count = `${list?.cidrs.length ?? 0} ranges of ${printable(list?.source ?? "")}`;
  if (plan.kind === "keep") terminal.out(`kept     ${path}: ${plan.why}\n`);
  else terminal.out(`${told.written ? "written " : "checked "} ${path}: ${count}\n`);
  if (told.temporary && plan.kind === "write")
    terminal.out("         The next sync without the same --add-cidr leaves those out again.\n");
  const every = hours(timerSeconds(told.maxAgeSeconds));
  terminal.out(
    `         Sync it every ${every} by a timer; after ${hours(told.maxAgeSeconds)} it lets nobody in.\n`,
  );
  if (told.warning !== undefined) terminal.err(`${terminal.paintErr("yellow", "warning")} ${told.warning}\n`);
}

function checkInPlace(
  world: World,
  options: SyncOptions,
  path: string,
  maxAgeSeconds: number,
  warning: string | undefined,
): number {
  if (options.verify !== true || options.force === true)
    throw new CountersignError("usage", "--from is missing", {
      fix: "Pass --from, --add-cidr, or --verify alone.",
    });
  const code = report(world, path, maxAgeSeconds, { json: options.json === true, ranges: false, warning });
  if (warning !== undefined && options.json !== true)
    world.terminal.err(`${world.terminal.paintErr("yellow", "warning")} ${warning}\n`);
  return code;
}

export const allowlistShow = command({
  usage: "allowlist show",
  about: "the allow-list in place: whether it is believed, how old it is, and its ranges",
  options: [...whereOptions, jsonOption],
  schema: z.strictObject({ ...where, ...json }),
  run: async (world, _args, options) => {
    const { path, maxAgeSeconds } = await listPlace(world, options);
    if (path !== undefined)
      return report(world, path, maxAgeSeconds, { json: options.json === true, ranges: true });
    if (options.json === true) printJson(world, { ok: true, path: null });
    else
      world.terminal.out(
        "no allow-list: network.allowlist_file is empty, so callers may connect from everywhere\n",
      );
    return 0;
  },
});

interface Shown {
  readonly json: boolean;
  readonly ranges: boolean;
  readonly warning?: string | undefined;
}

/** 0 when callers are let in by it, 1 when nobody is. */
function report(world: World, path: string, maxAgeSeconds: number, shown: Shown): number {
  const believed = allowlistReader(path)();
  const why = believed.ok ? staleness(believed.list, world.now(), maxAgeSeconds) : believed.why;
  const list = believed.ok ? believed.list : undefined;
  const { terminal } = world;
  if (shown.json) {
    const ranges = shown.ranges && list !== undefined ? { cidrs: list.cidrs } : {};
    printJson(world, {
      ok: why === undefined,
      path,
      why,
      ...factsOf(list),
      ...ranges,
      warning: shown.warning,
    });
  } else {
    const state =
      why === undefined ? terminal.paint("green", "fresh") : terminal.paint("red", printable(why));
    terminal.out(`${path}: ${state}\n`);
    for (const [name, value] of Object.entries(factsOf(list)))
      terminal.out(`${name.padEnd(14)}${printable(String(value))}\n`);
    if (why !== undefined) terminal.out("Nobody is let in until the next allowlist sync.\n");
    if (shown.ranges) for (const cidr of list?.cidrs ?? []) terminal.out(`${cidr}\n`);
  }
  return why === undefined ? 0 : 1;
}

async function listPlace(
  world: World,
  options: Where,
): Promise<{ readonly path: string | undefined; readonly maxAgeSeconds: number }> {
  const layout = await findState(world, options);
  const { config } = loadSetup(
    layout,
    world.root,
    configPath(world, layout, options),
    overridesOf(world),
    world.now(),
  );
  const { allowlist_file: file, max_age_seconds: maxAgeSeconds } = config.network;
  return { path: file === "" ? undefined : configuredPath(layout, file), maxAgeSeconds };
}

function timerWarning(every: number | undefined, maxAgeSeconds: number): string | undefined {
  const limit = timerSeconds(maxAgeSeconds);
  if (every === undefined || every * HOUR <= limit) return undefined;
  return `every ${every} hours is too seldom: one failed sync, and nobody is let in. Take ${hours(limit)} at most.`;
}

function hours(seconds: number): string {
  return seconds < HOUR
    ? `${Math.floor(seconds / 60)} minutes`
    : `${Math.floor((seconds / HOUR) * 10) / 10} hours`;
}
