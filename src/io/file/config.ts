// Loads the configuration, its preset and the rule pack from disk, with every fault in one message.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { chmod, chown, realpath, rename, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import { utf8 } from "../../core/base/bytes.ts";
import type { Digest } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type ConfigFault, faultLine, type RuleFault } from "../../core/config/fault.ts";
import type { ConfigOverride } from "../../core/config/overrides.ts";
import {
  type LoadedConfig,
  MAX_CONFIG_BYTES,
  parseConfig,
  type PrincipalsText,
} from "../../core/config/parse.ts";
import { lineOf } from "../../core/config/lines.ts";
import { policyDigest } from "../../core/config/policy.ts";
import { readReference, secretsOf } from "../../core/config/reference.ts";
import { type Moment, permissiveFaults, permissiveUntil } from "../../core/config/permissive.ts";
import { folderKeys, pathKeys, pathsOf } from "../../core/config/rules.ts";
import { type Config, configSchema, type PresetName } from "../../core/config/schema.ts";
import { schemasDigest } from "../../core/gate/schema.ts";
import { type Protect, protector } from "../../core/proposal/protect.ts";
import { labels, type Packs, type RuleSets } from "../../core/rules/packs.ts";
import { storage, syncPath, writeTemp } from "./durable.ts";
import type { Layout } from "./layout.ts";
import { readOwned } from "./owned.ts";
import { codeOf } from "./code.ts";
import { reservedFaults } from "./reserved.ts";
import { loadRules } from "./rules.ts";
import { loadSchemas, schemasFolder } from "./schemas.ts";
import type { RepositoryPlace } from "./state.ts";

export interface Setup extends LoadedConfig {
  /** The rule packs as they were shipped. */
  readonly rules: RuleSets;
  /** Version and digest of each. */
  readonly packs: Packs;
  readonly protect: Protect;
  /** Digest under which verdicts of this configuration are given. */
  readonly policy: Digest;
  /** End of dev.permissive in milliseconds since 1970; undefined when it is off, or was over when a running process read it. */
  readonly permissiveUntil: number | undefined;
}

export interface LoadMoment extends Moment {
  /** The process that reads it runs already. */
  readonly running?: boolean;
}

export type CheckedSetup =
  | { readonly ok: true; readonly setup: Setup }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** The folder that holds presets/ and config/: the package's root, from source and from dist alike. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isFile(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new CountersignError("state_unusable", "the countersign package is incomplete: no package.json");
    folder = parent;
  }
  return folder;
}

/**
 * Preset < file < environment < flags, with the principals of `auth.principals_file`. Throws `config_invalid` with all
 * faults; nothing starts on a configuration that is partly understood. Without `now` (milliseconds since 1970), which
 * every process hands in, dev.permissive is a fault. `served`: the repository, handed in by every process that knows it, so
 * that no folder of evidence lies in it.
 */
export function loadSetup(
  layout: Layout,
  root: string,
  configPath: string = layout.config,
  overrides: readonly ConfigOverride[] = [],
  now?: number,
  served?: RepositoryPlace,
): Setup {
  const { text, written } = readWritten(configPath);
  const moment = now === undefined ? undefined : { now, written };
  return setupOf(checkSetup(layout, root, text, overrides, moment, served), configPath);
}

/**
 * As `loadSetup`, for a process that runs already. A dev.permissive that is over is no fault then: what runs is strict, and
 * a principal that was taken out must not stay for want of a trial that may be begun.
 */
export function reloadSetup(
  layout: Layout,
  root: string,
  configPath: string = layout.config,
  overrides: readonly ConfigOverride[] = [],
  now?: number,
): Setup {
  const { text, written } = readWritten(configPath);
  const moment = now === undefined ? undefined : { now, written, running: true };
  return setupOf(checkSetup(layout, root, text, overrides, moment), configPath);
}

function setupOf(checked: CheckedSetup, configPath: string): Setup {
  if (checked.ok) return checked.setup;
  const faults = checked.faults.map((fault) => `  ${faultLine(fault, configPath)}`);
  throw new CountersignError(
    "config_invalid",
    `the configuration has ${faults.length} fault(s)\n${faults.join("\n")}`,
  );
}

/** As `loadSetup`, of a configuration's text, and with the faults as values. `moment`: when it was or would be written. */
export function checkSetup(
  layout: Layout,
  root: string,
  text: string,
  overrides: readonly ConfigOverride[] = [],
  moment?: LoadMoment,
  served?: RepositoryPlace,
): CheckedSetup {
  const isCode = served === undefined ? undefined : codeOf(served);
  const parsed = parseConfig(
    text,
    (name) => presetText(root, name),
    overrides,
    (path) => principalsText(layout, path),
    (config) => loadSchemas(layout, config, isCode),
  );
  if (!parsed.ok) return parsed;
  const { config, schemas } = parsed.loaded;
  const trial = trialOf(config, moment);
  const ended = trial.faults.map((fault) => ({ ...fault, line: lineOf(text, fault.key) }));
  const faults = [...reservedFaults(layout, config, text, isCode), ...ended];
  if (faults.length > 0) return { ok: false, faults };
  const rules = loadRules(root);
  const packs = labels(rules);
  const setup = {
    ...parsed.loaded,
    rules,
    packs,
    protect: protector(rules.paths),
    policy: policyDigest(config, packs, schemasDigest(schemas)),
    permissiveUntil: trial.until,
  };
  return { ok: true, setup };
}

/** End of dev.permissive, and why it does not hold; what runs already goes on without one that is over. */
function trialOf(
  config: Config,
  moment: LoadMoment | undefined,
): { readonly until: number | undefined; readonly faults: readonly RuleFault[] } {
  const until = moment === undefined ? undefined : permissiveUntil(config, moment);
  const over = moment?.running === true && until !== undefined && until <= moment.now;
  return over ? { until: undefined, faults: [] } : { until, faults: permissiveFaults(config, moment) };
}

/** Text of a configuration file and when it was written, in milliseconds since 1970. Throws `config_invalid`. */
export function readWritten(path: string): { readonly text: string; readonly written: number } {
  // Before the text: whoever writes in between makes it look older than it is, never newer.
  const written = writtenAt(path);
  return { text: readConfig(path), written };
}

/** The file's own clock is finer than ours: what was written this millisecond is not of the future. */
function writtenAt(path: string): number {
  try {
    return Math.floor(statSync(path).mtimeMs);
  } catch {
    // It will be told by whoever reads it.
    return Number.NaN;
  }
}

/** Text of a configuration file. Throws `config_invalid`. */
export function readConfig(path: string): string {
  try {
    return readOwned(path, MAX_CONFIG_BYTES);
  } catch (cause) {
    throw unreadable(path, cause, `No configuration: run "countersign init", or name one with --config.`);
  }
}

/** Where a path of the configuration leads: relative ones begin at the state folder. */
export function configuredPath(layout: Layout, path: string): string {
  return resolve(layout.root, path);
}

/**
 * Every file that a process reads because of its configuration: the configuration itself, and what it names (principals,
 * certificates, keys of an issuer, allow-list, secrets by `file:`), and the registered evidence schemas. Absolute. A Unix socket is none: it is made; and
 * neither are the folders of evidence, where others write all the time.
 */
export function configurationFiles(
  layout: Layout,
  configPath: string | undefined,
  config: Config,
): readonly string[] {
  const paths = pathsOf(config);
  const others: readonly string[] = ["server.http.unix_socket", ...folderKeys];
  const named = pathKeys.filter((key) => !others.includes(key)).map((key) => paths[key]);
  const secrets = secretsOf(config).flatMap(({ ref }) => {
    const read = readReference(ref);
    return read.kind === "file" ? [read.path] : [];
  });
  const files = [...named.filter((path) => path !== ""), ...secrets].map((path) =>
    configuredPath(layout, path),
  );
  return [...new Set([configPath ?? layout.config, ...files, ...schemaFiles(layout)])];
}

/** The registry's folder, which tells of files that come and go, and its files; nothing else when it cannot be read. */
function schemaFiles(layout: Layout): readonly string[] {
  const folder = schemasFolder(layout);
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
    return [folder, ...names.toSorted().map((name) => join(folder, name))];
  } catch {
    return [folder];
  }
}

/** Version of this package, as in package.json; for verdicts, `--version` and the protocol's handshake. */
export function packageVersion(root: string): string {
  const json: unknown = JSON.parse(
    readText(join(root, "package.json"), "The countersign package is incomplete."),
  );
  return typeof json === "object" && json !== null && "version" in json ? String(json.version) : "unknown";
}

export function presetText(root: string, name: string): string {
  return readText(join(root, "presets", `${name}.toml`), "The countersign package is incomplete.");
}

/** The values of a preset by themselves. Not checked by the rules: some presets need words that only an operator has. */
export function presetConfig(root: string, name: PresetName): Config {
  return configSchema.parse(parse(presetText(root, name)));
}

function principalsText(layout: Layout, path: string): PrincipalsText {
  const place = configuredPath(layout, path);
  try {
    return { text: readOwned(place, MAX_CONFIG_BYTES), place };
  } catch (cause) {
    return { why: cause instanceof Error ? cause.message : "cannot be read", place };
  }
}

/**
 * Replaces the text of a configuration, whole or not at all. The file keeps its mode and its owner: the gateway, another
 * operating-system user, has to be able to go on reading it. A link stays a link.
 */
export async function rewriteConfig(path: string, text: string): Promise<void> {
  await storage(path, async () => {
    const target = await realpath(path);
    const { mode, uid, gid } = await stat(target);
    const temp = await writeTemp(dirname(target), utf8(text));
    try {
      const own = await stat(temp);
      if (own.uid !== uid || own.gid !== gid) await chown(temp, uid, gid);
      await chmod(temp, mode & 0o7777);
      await rename(temp, target);
    } catch (cause) {
      await unlink(temp).catch(() => undefined);
      throw cause;
    }
    await syncPath(dirname(target));
  });
}

/** For files of the package. */
function readText(path: string, fix: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause, fix);
  }
}

function unreadable(path: string, cause: unknown, fix: string): CountersignError {
  const why = cause instanceof Error ? cause.message : "unknown";
  return new CountersignError("config_invalid", `cannot read ${path}: ${why}`, { fix, cause });
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
