// `countersign preset use NAME`: shows what another posture changes, refuses what would not start, and writes one line.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type Change, changes } from "../../core/config/changes.ts";
import { type ConfigFault, faultLine } from "../../core/config/fault.ts";
import { exactLineOf } from "../../core/config/lines.ts";
import { isPolicyKey } from "../../core/config/policy.ts";
import { presetOf } from "../../core/config/parse.ts";
import type { Config, PresetName } from "../../core/config/schema.ts";
import { readTable } from "../../core/config/tables.ts";
import {
  type CheckedSetup,
  checkSetup,
  presetConfig,
  readConfig,
  rewriteConfig,
} from "../../io/file/config.ts";
import { knownRepository } from "../../io/file/state.ts";
import { configPath, findState } from "../context.ts";
import { wholeLine } from "../terminal/print.ts";
import type { World } from "../world.ts";
import {
  argument,
  command,
  json,
  jsonOption,
  overridesOf,
  printJson,
  where,
  whereOptions,
} from "./command.ts";
import { changeLines, knownPreset } from "./preset.ts";

interface Plan {
  readonly path: string;
  readonly name: PresetName;
  readonly text: string;
  /** The file with another preset; everything else byte for byte. */
  readonly next: string;
  readonly before: CheckedSetup;
  readonly after: CheckedSetup;
  /** A configuration that is at fault has no values; then the presets by themselves are compared, when both exist. */
  readonly compared: "configurations" | "presets" | "nothing";
  readonly changed: readonly Change[];
}

export const presetUse = command({
  usage: "preset use <name>",
  about: "start from another preset: shows what changes, and writes that one line when the result is valid",
  options: [
    ...whereOptions,
    { flags: "--dry-run", about: "only show" },
    { flags: "--yes", about: "write without asking" },
    jsonOption,
  ],
  schema: z.strictObject({ ...where, ...json, dryRun: z.boolean().optional(), yes: z.boolean().optional() }),
  run: async (world, args, options) => {
    const name = knownPreset(argument(args, 0, "the preset's name"));
    const layout = await findState(world, options);
    const plan = planned(configPath(world, layout, options), name, {
      // What is asked about would be written now.
      check: (text) =>
        checkSetup(
          layout,
          world.root,
          text,
          overridesOf(world),
          { now: world.now(), written: world.now() },
          knownRepository(layout),
        ),
      values: (preset) => presetConfig(world.root, preset),
    });
    const faults = plan.after.ok ? [] : plan.after.faults;
    const { path, compared, changed } = plan;
    const may = faults.length === 0 && options.dryRun !== true && plan.next !== plan.text;
    if (options.json !== true) tell(world, plan, faults);
    const written = may && (options.yes === true || (options.json !== true && (await agreed(world))));
    if (written) await write(plan);
    if (options.json === true)
      printJson(world, { ok: faults.length === 0, path, preset: name, written, compared, changed, faults });
    else if (written) world.terminal.out(`${path} starts from ${name} now\n`);
    if (faults.length > 0) return 2;
    return !may || written ? 0 : 2;
  },
});

interface Readers {
  readonly check: (text: string) => CheckedSetup;
  readonly values: (preset: PresetName) => Config;
}

function planned(path: string, name: PresetName, { check, values }: Readers): Plan {
  const text = readConfig(path);
  // What is no UTF-8 would come back as other bytes.
  if (fromUtf8(readFileSync(path)) !== text)
    throw new CountersignError("config_invalid", `${path} is not UTF-8 text`, { fix: "Save it as UTF-8." });
  const next = withPreset(text, name, path);
  const [before, after] = [check(text), check(next)];
  const plan = { path, name, text, next, before, after };
  if (before.ok)
    return {
      ...plan,
      compared: "configurations",
      changed: after.ok ? changes(before.setup.config, after.setup.config) : [],
    };
  const old = presetOf(text);
  if (old === undefined) return { ...plan, compared: "nothing", changed: [] };
  return { ...plan, compared: "presets", changed: changes(values(old), values(name)) };
}

const LINE = /^(\s*(?:preset|"preset"|'preset')\s*=\s*)(?:"[^"\\]*"|'[^']*')(\s*(?:#.*)?)$/s;

/** `text` with another preset's name. It is read again afterwards: what looks like the line may stand inside a text. */
function withPreset(text: string, name: PresetName, path: string): string {
  const line = exactLineOf(text, "preset");
  const lines = text.split("\n");
  const old = lines[line - 1] ?? "";
  const match = LINE.exec(old);
  const next = lines
    .with(Math.max(0, line - 1), `${match?.[1] ?? ""}"${name}"${match?.[2] ?? ""}`)
    .join("\n");
  const [was, is] = [readTable(text), readTable(next)];
  const same = was.ok && is.ok && JSON.stringify({ ...was.table, preset: name }) === JSON.stringify(is.table);
  if (match !== null && line > 0 && same) return next;
  throw new CountersignError("config_invalid", `${path} has no line preset = "…" that could be replaced`, {
    fix: `Write it by hand: preset = "${name}"`,
  });
}

const INSTEAD = {
  presets: "what differs between the presets themselves, where the file does not say otherwise:",
  nothing: "there is nothing to compare with",
} as const;

function tell(
  world: World,
  { path, name, text, next, after, compared, changed }: Plan,
  faults: readonly ConfigFault[],
): void {
  const { terminal } = world;
  if (next === text) terminal.out(`${path} starts from ${name} already\n`);
  if (compared !== "configurations")
    terminal.out(`the configuration is at fault as it stands; ${INSTEAD[compared]}\n`);
  if (changed.length > 0) terminal.out(changeLines(changed));
  else if (compared === "configurations" && after.ok && next !== text)
    terminal.out("no value changes: the file says all of them itself\n");
  if (changed.some(({ key }) => isPolicyKey(key)))
    terminal.out("the policy changes: verdicts given so far do not land any more\n");
  if (faults.length > 0)
    terminal.err(
      `with ${name} the configuration would have ${faults.length} fault(s); nothing was written\n${faults
        .map((fault) => `  ${wholeLine(faultLine(fault, path))}\n`)
        .join("")}`,
    );
}

async function agreed(world: World): Promise<boolean> {
  if (!world.terminal.interactive) {
    world.terminal.err("nothing was written; say --yes to write, or --dry-run to look\n");
    return false;
  }
  const answer = await world.terminal.ask("Write it? [y/N] ");
  return answer?.toLowerCase() === "y" || answer?.toLowerCase() === "yes";
}

/** Written only over what was shown: somebody may have saved the file while the question stood. */
async function write({ path, text, next }: Plan): Promise<void> {
  if (readConfig(path) !== text)
    throw new CountersignError("config_invalid", `${path} was changed by somebody else meanwhile`, {
      fix: "Try again.",
    });
  await rewriteConfig(path, next);
}
