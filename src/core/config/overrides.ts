// What environment and flags say beside the file: `COUNTERSIGN__SERVER__HTTP__PORT=8443`, `--set server.http.port=8443`.
import { parse } from "smol-toml";
import type { ConfigFault } from "./fault.ts";
import { configKeys, isConfigKey, isConfigTable } from "./keys.ts";
import { isPolicyKey } from "./policy.ts";
import { readReference } from "./reference.ts";
import { fileSchema } from "./schema.ts";
import { merged, type Table, tableOf } from "./tables.ts";

export interface ConfigOverride {
  readonly origin: "environment" | "flag";
  /** Dotted key, as far as the name could be understood. */
  readonly key: string;
  /** The value as TOML (`8443`, `true`, `["a"]`); what is no TOML is text. */
  readonly text: string;
  /** What the operator wrote it under, for messages. */
  readonly name: string;
  /** Why it cannot be understood. */
  readonly fault?: string;
}

const PREFIX = "COUNTERSIGN__";
/** Two words that operators of containers know from elsewhere; the only variable with a name of its own. */
const NON_LOOPBACK = "COUNTERSIGN_ALLOW_NON_LOOPBACK";
const YES = new Set(["1", "true", "yes", "y", "on"]);
const NO = new Set(["0", "false", "no", "n", "off"]);

/** Whether a variable of this name overrides a key of the configuration. */
export function isOverride(name: string): boolean {
  return name.startsWith(PREFIX) || name === NON_LOOPBACK;
}

/** What `env` overrides, in the order of names. A name that stands for no key is a fault later, not passed over. */
export function environmentOverrides(
  env: Readonly<Record<string, string | undefined>>,
): readonly ConfigOverride[] {
  return Object.keys(env)
    .filter((name) => isOverride(name) || misspelt(name) !== undefined)
    .toSorted()
    .flatMap((name) => {
      const text = env[name];
      if (text === undefined) return [];
      return [name === NON_LOOPBACK ? nonLoopback(text) : variable(name, text)];
    });
}

/**
 * What a variable that is no override was meant as; undefined when it may be anybody's. Nothing else of our name is a
 * fault: secrets are named like this, and Kubernetes makes COUNTERSIGN_SERVICE_HOST of a Service.
 */
function misspelt(name: string): string | undefined {
  if (!name.startsWith("COUNTERSIGN_") || isOverride(name)) return undefined;
  const words = name.slice("COUNTERSIGN_".length).toLowerCase();
  const bare = (key: string): string => key.replaceAll(/[._]/g, "");
  const key = configKeys.find((known) => bare(known) === bare(words));
  if (key !== undefined) return `${PREFIX}${key.replaceAll(".", "__").toUpperCase()}`;
  return words.includes("__") ? `${PREFIX}… with two underscores` : undefined;
}

function variable(name: string, text: string): ConfigOverride {
  const meant = misspelt(name);
  if (meant !== undefined)
    return { origin: "environment", key: "", text, name, fault: `is not read; write ${meant}` };
  const words = name.slice(PREFIX.length);
  // Lower case is refused: two spellings of one variable could disagree.
  const key = /^[A-Z0-9_]+$/.test(words) ? words.toLowerCase().replaceAll("__", ".") : words;
  return { origin: "environment", key, text, name };
}

function nonLoopback(value: string): ConfigOverride {
  const word = value.toLowerCase();
  const known = { origin: "environment", key: "server.http.allow_non_loopback", name: NON_LOOPBACK } as const;
  if (YES.has(word)) return { ...known, text: "true" };
  if (NO.has(word)) return { ...known, text: "false" };
  const fault = "must be 1, true, yes, y or on, or 0, false, no, n or off";
  return { ...known, text: value, fault };
}

/** What `--set key=value` flags override. */
export function flagOverrides(texts: readonly string[]): readonly ConfigOverride[] {
  return texts.map((text) => {
    const at = text.indexOf("=");
    const key = (at === -1 ? text : text.slice(0, at)).trim();
    const known = { origin: "flag", key, text: text.slice(at + 1), name: `--set ${key}` } as const;
    return at === -1 ? { ...known, fault: "has no value; write key=value" } : known;
  });
}

export interface ReadOverrides {
  readonly table: Table;
  /** Which override gave a key its value. */
  readonly given: ReadonlyMap<string, ConfigOverride>;
  readonly faults: readonly ConfigFault[];
}

/** Flags over environment. Every override is checked by itself, so that each fault can be told by its name. */
export function readOverrides(overrides: readonly ConfigOverride[]): ReadOverrides {
  let table: Table = {};
  const given = new Map<string, ConfigOverride>();
  const faults: ConfigFault[] = [];
  const rank = ({ origin }: ConfigOverride): number => (origin === "environment" ? 0 : 1);
  for (const override of overrides.toSorted((a, b) => rank(a) - rank(b))) {
    const value = valueOf(override.text);
    const before = given.get(override.key);
    const why =
      before?.origin === override.origin
        ? ["is given twice", `Leave one out: ${before.name} says the same key.`]
        : refusedFor(override, value);
    if (why === undefined) {
      table = merged(table, tableOf(override.key, value));
      given.set(override.key, override);
    } else {
      const [message = "", fix = ""] = why;
      faults.push({ key: override.key, line: 0, place: override.name, message, fix });
    }
  }
  return { table, given, faults };
}

/** Why an override cannot stand, and what to do; undefined when it can. */
function refusedFor(override: ConfigOverride, value: unknown): readonly string[] | undefined {
  const { key, fault } = override;
  if (fault !== undefined) return [fault, "docs/config.md says how keys are overridden."];
  const kept = onlyFile(key);
  if (kept !== undefined)
    return [kept, "Gateway, validator and integrator must read the same words, so only the file may say it."];
  if (isConfigTable(key))
    return ["is a table, not a key", "Name one of its keys; docs/config.md lists them."];
  if (!isConfigKey(key))
    return ["is not a known key", "Remove it or correct its spelling; docs/config.md lists all keys."];
  if (showsSecret(override, value))
    return [
      "would show a secret to every process of this machine",
      "Name a reference instead: env:NAME or file:/path.",
    ];
  const checked = fileSchema.safeParse({ preset: "default", ...tableOf(key, value) });
  if (checked.success) return undefined;
  return [
    checked.error.issues[0]?.message ?? "is not valid",
    "docs/config.md gives the type and bounds of this key.",
  ];
}

function onlyFile(key: string): string | undefined {
  if (/^principals(?:\.|$)/.test(key)) return "says who may call; write it in the file";
  return key === "preset" || isPolicyKey(key) || /^(?:repository|publish|paths)(?:\.|$)/.test(key)
    ? "belongs to the policy; write it in the file"
    : undefined;
}

/** Arguments of a process can be read by everybody on the machine. */
function showsSecret({ key, origin }: ConfigOverride, value: unknown): boolean {
  if (key !== "server.http.proxy.secret" || origin !== "flag" || value === "") return false;
  return readReference(String(value)).kind === "literal";
}

/** One TOML value; text that is none, or that says more than one key, stands for itself. */
function valueOf(text: string): unknown {
  try {
    const table = parse(`x = ${text}`);
    return Object.keys(table).length === 1 ? table["x"] : text;
  } catch {
    return text;
  }
}
