// The doctor's judgement of the policy's gates: where evidence comes from, whose word counts for how long, what is unused.
import type { Config, PresetName } from "../../core/config/schema.ts";
import type { PolicyGate } from "../../core/gate/condition.ts";
import { endOfKey } from "../../core/gate/evidence-key.ts";
import type { EvidenceKey } from "../../core/gate/evidence.ts";
import { fail, type Finding, octal, ok, warn } from "./finding.ts";

/** A folder that evidence is read from. */
export type SourceLook =
  | { readonly kind: "unset" }
  | { readonly kind: "missing"; readonly path: string }
  | { readonly kind: "hidden"; readonly path: string }
  /** `loose`: what of it others may write, in words. */
  | { readonly kind: "there"; readonly path: string; readonly loose: readonly string[] };

export interface GateFacts {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly preset: PresetName;
  readonly config: Config;
  readonly gates: readonly PolicyGate[];
  /** Conditions of the preset that a gate names and the file asks otherwise. */
  readonly replaced: readonly string[];
  /** Pinned keys of evidence. */
  readonly keys: readonly EvidenceKey[];
  /** End of dev.permissive in milliseconds since 1970; undefined when it is off. */
  readonly permissiveUntil: number | undefined;
  readonly jsonRoot: SourceLook;
  readonly folder: SourceLook;
  /** The registry of evidence schemas; each file of it is looked at when it is read. */
  readonly schemas: SourceLook;
  /** Mode of the key of evidence hashes; undefined when it is not there, or not for this user to see. */
  readonly disclosureMode: number | undefined;
}

export function gateFindings(facts: GateFacts): readonly Finding[] {
  return [
    gatesFinding(facts),
    ...facts.replaced.map((id) => replacedFinding(id, facts)),
    ...jsonFindings(facts),
    ...folderFindings(facts),
    ...facts.keys.flatMap((key) => keyFindings(key, facts)),
    ...silentFindings(facts),
    ...permissiveFindings(facts),
    ...signingFindings(facts),
    ...schemaFindings(facts),
    ...namespaceFindings(facts),
    ...disclosureFindings(facts),
  ];
}

/** Providers that some gate asks, with the names of the conditions that ask them. */
function askedOf({ gates }: GateFacts, provider: string): readonly string[] {
  const specs = gates.flatMap(({ conditions }) => conditions.filter((spec) => spec.provider === provider));
  return [...new Set(specs.map(({ id }) => id))];
}

function gatesFinding({ gates, config }: GateFacts): Finding {
  const used = new Set(gates.flatMap(({ conditions }) => conditions.map(({ id }) => id)));
  const idle = config.conditions.map(({ id }) => id).filter((id) => !used.has(id));
  if (idle.length === 0) return ok("gates", `gates: ${gates.map(({ id }) => id).join(", ")}`);
  return warn(
    "gates",
    `conditions that no gate asks for: ${idle.join(", ")}`,
    "Name them in the require of a gate, or take them out: they decide nothing.",
  );
}

function replacedFinding(id: string, { preset }: GateFacts): Finding {
  return warn(
    "gates",
    `conditions.${id}: the file's own asks another question than the ${preset} preset's`,
    "Give it a name of its own, or take it out of the file; countersign gate explain shows what it asks.",
  );
}

/** What is in this folder is verified evidence: whoever may write it writes facts. */
function jsonFindings(facts: GateFacts): readonly Finding[] {
  const id = "evidence-json";
  const { jsonRoot: look, preset } = facts;
  const asking = askedOf(facts, "json");
  if (look.kind === "unset" || (look.kind !== "there" && asking.length === 0)) return [];
  if (look.kind !== "there") {
    const what = look.kind === "missing" ? "is not there" : "is not for this user to read";
    return [
      fail(
        id,
        `evidence.json.root ${look.path} ${what}: ${asking.join(", ")} cannot hold here`,
        "Make it readable for gateway, validator and the person who integrates.",
      ),
    ];
  }
  if (look.loose.length === 0) return [ok(id, `only its owner can write evidence in ${look.path}`)];
  const message = `others can write what counts as verified evidence: ${look.loose.join(", ")}`;
  const fix = "chmod go-w each of them, and look at what they hold.";
  return [preset === "hardened" ? fail(id, message, fix) : warn(id, message, fix)];
}

/** Envelopes are signed, so that nobody can forge one here; but they can be taken away, or buried. */
function folderFindings(facts: GateFacts): readonly Finding[] {
  const id = "evidence-folder";
  const { folder: look } = facts;
  const asking = askedOf(facts, "signed");
  // Envelopes may be waiting for a gate that will ask; who can take them away can do so already.
  const quiet = look.kind !== "there" || look.loose.length === 0;
  if (look.kind === "unset" || (asking.length === 0 && quiet)) return [];
  if (look.kind !== "there") {
    const what = look.kind === "missing" ? "is not there" : "is not for this user to read";
    return [
      fail(
        id,
        `evidence.folder ${look.path} ${what}: ${asking.join(", ")} cannot hold here`,
        "Make it, readable for gateway, validator and the person who integrates; an empty one will do.",
      ),
    ];
  }
  return look.loose.length === 0
    ? [ok(id, `signed evidence is read from ${look.path}`)]
    : [
        warn(
          id,
          `others can take envelopes away, or bury them: ${look.loose.join(", ")}`,
          "Let CI's user alone write there.",
        ),
      ];
}

const DAY = 86_400_000;
const SOON_DAYS = 7;

function keyFindings(key: EvidenceKey, { now, keys }: GateFacts): readonly Finding[] {
  const { name, checks } = key;
  const [id, end] = [`evidence-key-${name}`, endOfKey(key)];
  if (end - now >= SOON_DAYS * DAY) return [];
  if (end <= now)
    return [
      warn(id, `the evidence key ${name} expired on ${date(end)} and proves nothing new`, "Take it out."),
    ];
  // Whoever exchanges a key has pinned the next one beside it.
  const next = keys.some(
    (other) =>
      other !== key && endOfKey(other) > end && checks.every((check) => other.checks.includes(check)),
  );
  return next
    ? []
    : [
        warn(
          id,
          `the evidence key ${name} expires on ${date(end)}`,
          "Let its owner make a new one, and pin that as well (evidence.keys) before this one ends.",
        ),
      ];
}

/** That a key is pinned for each check is a rule of the configuration; that one still lives is not. */
function silentFindings({ gates, keys, now }: GateFacts): readonly Finding[] {
  const asked = gates.flatMap(({ conditions }) => conditions.filter(({ provider }) => provider === "signed"));
  const said = asked.map(({ params }) => params["name"]);
  const names = [...new Set(said.filter((name) => typeof name === "string"))];
  const living = keys.filter((key) => endOfKey(key) > now);
  return names
    .filter((name) => !living.some(({ checks }) => checks.includes("*") || checks.includes(name)))
    .map((name) =>
      fail(
        `evidence-${name}`,
        `no living key may speak about ${name}: the gates that ask for it stay shut`,
        "Pin the new key of whoever signs it (evidence.keys).",
      ),
    );
}

function permissiveFindings({ permissiveUntil, now }: GateFacts): readonly Finding[] {
  if (permissiveUntil === undefined) return [];
  const id = "dev-permissive";
  const fix = "Set dev.permissive = false when you have tried it out.";
  return [
    permissiveUntil <= now
      ? fail(id, `dev.permissive ended on ${date(permissiveUntil)}: nothing starts any more`, fix)
      : warn(id, `what agents claim is evidence enough until ${date(permissiveUntil)} (dev.permissive)`, fix),
  ];
}

function signingFindings({ preset, config }: GateFacts): readonly Finding[] {
  if (preset !== "hardened" || config.schemas.require_signing) return [];
  return [
    fail(
      "schema-signing",
      "hardened: evidence schemas need no signature",
      "Set schemas.require_signing = true, and pin who may sign them (schemas.keys).",
    ),
  ];
}

/** A file there that others may write is not read; but in a loose folder they can take schemas away, or put links there. */
function schemaFindings({ preset, schemas: look }: GateFacts): readonly Finding[] {
  const id = "schema-folder";
  if (look.kind !== "there") return [];
  if (look.loose.length === 0) return [ok(id, `only its owner can add evidence schemas in ${look.path}`)];
  const message = `others can take evidence schemas away, or put links in their place: ${look.loose.join(", ")}`;
  const fix = "chmod go-w each of them, and look at what they hold: countersign schema list.";
  return [preset === "hardened" ? fail(id, message, fix) : warn(id, message, fix)];
}

function namespaceFindings({ config: { namespace } }: GateFacts): readonly Finding[] {
  if (namespace.name !== "default") return [];
  return [
    warn(
      "namespace",
      'the namespace is "default", which is nobody\'s: evidence of another project with this repository name counts here',
      "Set namespace.name.",
    ),
  ];
}

function disclosureFindings({ disclosureMode: mode }: GateFacts): readonly Finding[] {
  if (mode === undefined) return [];
  const id = "disclosure-key";
  if ((mode & 0o077) === 0) return [ok(id, `key of evidence hashes has mode ${octal(mode)}`)];
  return [
    fail(
      id,
      `the key of evidence hashes has mode ${octal(mode)}; who reads it can guess the values behind them`,
      "chmod 600 disclosure.key in the keys folder, or move it away: the next start makes a new one.",
    ),
  ];
}

function date(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}
