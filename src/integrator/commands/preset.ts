// `countersign preset list|show|explain|diff`: the postures that a configuration can start from, and what tells them apart.
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { type Change, changes } from "../../core/config/changes.ts";
import { compilePolicy } from "../../core/gate/compile.ts";
import { gateText } from "../../core/config/inline.ts";
import { ruleFaults } from "../../core/config/rules.ts";
import { type Config, type PresetName, presetNames } from "../../core/config/schema.ts";
import { presetConfig, presetText } from "../../io/file/config.ts";
import { columns, wholeLine } from "../terminal/print.ts";
import { argument, command, json, jsonOption, printJson } from "./command.ts";

const schema = z.strictObject({ ...json });

export const presetList = command({
  usage: "preset list",
  about: "the presets that a configuration can start from",
  options: [jsonOption],
  schema,
  run: async (world, _args, options) => {
    const rows = presetNames.map((name) => ({ name, about: firstSentence(presetText(world.root, name)) }));
    if (options.json === true) printJson(world, rows);
    else world.terminal.out(columns(rows.map(({ name, about }) => [name, about])));
    return 0;
  },
});

export const presetShow = command({
  usage: "preset show <name>",
  about: "every key of a preset, with comments",
  options: [jsonOption],
  schema,
  run: async (world, args, options) => {
    const name = knownPreset(argument(args, 0, "the preset's name"));
    if (options.json === true) printJson(world, presetConfig(world.root, name));
    else world.terminal.out(presetText(world.root, name));
    return 0;
  },
});

export const presetExplain = command({
  usage: "preset explain <name>",
  about:
    "a preset in sentences: who may call, what is protected, what you must fill in, what differs from default",
  options: [jsonOption],
  schema,
  run: async (world, args, options) => {
    const name = knownPreset(argument(args, 0, "the preset's name"));
    const config = presetConfig(world.root, name);
    const needs = [...ruleFaults(config, name), ...compilePolicy(config, new Map()).faults].map(
      ({ key, message, fix }) => ({ key, message, fix }),
    );
    const changed = changes(presetConfig(world.root, "default"), config);
    const about = firstSentence(presetText(world.root, name));
    const sentences = posture(config);
    if (options.json === true) printJson(world, { name, about, posture: sentences, needs, changed });
    else {
      const lines = [
        `${name}: ${about}`,
        "",
        ...sentences.map((text) => `  ${text}`),
        ...(needs.length > 0 ? ["", "You fill in:"] : []),
        ...needs.map(({ key, fix }) => `  ${key}: ${fix}`),
        ...(changed.length > 0 ? ["", "Beside default:"] : []),
      ];
      world.terminal.out(`${lines.join("\n")}\n${changeLines(changed)}`);
    }
    return 0;
  },
});

export const presetDiff = command({
  usage: "preset diff <from> <to>",
  about: "what changes from one preset to another, and whether it is stricter or weaker",
  options: [jsonOption],
  schema,
  run: async (world, args, options) => {
    const from = knownPreset(argument(args, 0, "the first preset's name"));
    const to = knownPreset(argument(args, 1, "the second preset's name"));
    const changed = changes(presetConfig(world.root, from), presetConfig(world.root, to));
    if (options.json === true) printJson(world, changed);
    else world.terminal.out(changed.length === 0 ? "nothing differs\n" : changeLines(changed));
    return 0;
  },
});

/** One line for each change: what, from, to, and which way; conditions and gates, which are longer, below. */
export function changeLines(changed: readonly Change[]): string {
  const entry = ({ key }: Change): boolean => /^(?:conditions|gates)\./.test(key);
  const lines = columns(
    changed
      .filter((change) => !entry(change))
      .map(({ key, before, after, direction }) => [
        `  ${key}`,
        `${short(before)} → ${short(after)}`,
        direction === "other" ? "" : direction,
      ]),
  );
  return `${lines}${changed.filter(entry).map(entryLines).join("")}`;
}

function entryLines({ key, before, after, direction }: Change): string {
  const text = (value: unknown): string => {
    if (value === undefined) return "(none)";
    return wholeLine(typeof value === "string" ? value : JSON.stringify(value));
  };
  const way = direction === "other" ? "" : `  ${direction}`;
  return `  ${key}${way}\n    before  ${text(before)}\n    after   ${text(after)}\n`;
}

export function knownPreset(typed: string): PresetName {
  const name = presetNames.find((known) => known === typed);
  if (name !== undefined) return name;
  throw new CountersignError("usage", `there is no preset "${printable(typed)}"`, {
    fix: `Known: ${presetNames.join(", ")}.`,
  });
}

/** The first comment line says what the preset is for. */
function firstSentence(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.replace(/^#\s*[\w-]+:\s*/, "").replace(/^#\s*/, "");
}

const WHO: Readonly<Record<Config["auth"]["mode"], string>> = {
  local_only: "Callers prove nothing but that they sit at this machine.",
  bearer_token: "Callers over HTTP show a token, or a JWT of the issuer that you name.",
  mtls: "Callers over HTTP show a client certificate.",
};

const WIRE: Readonly<Record<Config["server"]["http"]["tls"]["termination"], string>> = {
  none: "There is no TLS, so HTTP stays on loopback.",
  server: "This process speaks TLS itself.",
  upstream: "A proxy of yours speaks TLS; what it says of callers counts only from its address.",
};

/** Every sentence is made of values, so that none of them can outlive a change of the preset. */
function posture(config: Config): readonly string[] {
  const { server, auth, calls, proposal, budget, gateway, gates, evidence } = config;
  const { http } = server;
  const doors = [server.stdio ? "stdio" : "", http.enabled ? `HTTP on ${http.bind}:${http.port}` : ""];
  const limit = (value: number, unit: string): string =>
    value === 0 ? `no limit on ${unit}` : `${value} ${unit}`;
  return [
    `Doors: ${doors.filter((door) => door !== "").join(", ")}. Oldest protocol: ${server.min_protocol}.`,
    WHO[auth.mode],
    auth.allow_local_only
      ? "Local callers need no entry in principals."
      : "Everybody has to be named: in principals or by an issued token.",
    WIRE[http.tls.termination],
    `Each caller: ${calls.per_minute} calls a minute, ${proposal.per_hour} proposals an hour, ${proposal.max_pending} waiting.`,
    `Each proposal: ${proposal.max_files} files, ${proposal.max_changed_lines} changed lines; new files in ${proposal.create.join(", ")}.`,
    `A day's budget: ${limit(budget.calls, "calls")}, ${limit(budget.read_bytes, "bytes")}, ${limit(budget.scan_seconds, "seconds of searching")}.`,
    `An approval needs ${gateText(gates.verdict)}.`,
    `A landing needs ${gateText(gates.landing)}.`,
    evidence.accept_claims
      ? "Proposals may carry claims; they are asserted, and never verified evidence."
      : "Proposals that carry claims are refused.",
    `Tokens live at most ${auth.max_token_days} days, access tokens ${auth.access_seconds} seconds.`,
    gateway.shared_user === "refuse"
      ? "The gateway does not start as a user who could read a key or write the repository."
      : "Gateway, validator and person may be one operating-system user; a warning says so.",
  ];
}

const LONGEST = 48;

function short(value: unknown): string {
  const text = JSON.stringify(value);
  if (text.length <= LONGEST) return wholeLine(text);
  return Array.isArray(value) ? `(${value.length})` : `${wholeLine(text.slice(0, LONGEST))}…`;
}
