// The words about keys: `keys new`, `keys rotate` and `keys list`.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { newRecord } from "../../core/attestation/key-life.ts";
import { type KeyRecord, type KeyRole, keyRoles } from "../../core/attestation/key-record.ts";
import { environmentOverrides } from "../../core/config/overrides.ts";
import type { Config } from "../../core/config/schema.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { Clock } from "../../core/base/time.ts";
import { loadSetup, packageRoot, presetConfig } from "../../io/file/config.ts";
import type { Layout } from "../../io/file/layout.ts";
import { acquireLock } from "../../io/file/lock.ts";
import { record, recordOf } from "./key-book.ts";
import { type KeyPlaces, missingRoles, newKey } from "./keygen.ts";
import { inJson, inText, listKeys, warnings } from "./trusted.ts";
import {
  assertClock,
  isUnfinished,
  revokeKey,
  rotateKey,
  type Rotated,
  type RotationTerms,
} from "./rotate.ts";

/** What main.ts hands in. */
export interface KeyWorld {
  readonly findState: (flag: string | undefined) => Promise<Layout>;
  readonly foldersWithoutKeys: (
    places: Layout | undefined,
    repo: string | undefined,
    out: string | undefined,
  ) => Promise<readonly string[]>;
  readonly now: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
}

interface NewOptions {
  readonly state?: string;
  readonly config?: string;
  readonly out?: string;
  readonly repo?: string;
  readonly role?: KeyRole;
  readonly maxAgeDays?: string;
}

interface RotateOptions {
  readonly state?: string;
  readonly config?: string;
  readonly role?: KeyRole;
  readonly revoke?: string;
  readonly json?: true;
}

interface ListOptions {
  readonly state?: string;
  readonly config?: string;
  readonly json?: true;
}

/** Adds the words to the command line of this wing. `countersign keys rotate` is the person's, which calls this one. */
export function addKeyWords(program: Command, world: KeyWorld): void {
  const keys = program.command("keys").description("keys that sign verdicts and checkpoints");
  keys
    .command("new")
    .description("make the key pairs that are missing; nothing is overwritten")
    .option("--state <dir>", "state folder")
    .option("--config <file>", "configuration, instead of the one in the state folder")
    .addOption(new Option("--role <role>", "only this one").choices([...keyRoles]))
    .option("--out <dir>", "put both halves of one key into this folder instead")
    .option("--repo <dir>", "repository outside of which the key must lie")
    .option("--max-age-days <days>", "how long it signs, instead of keys.max_age_days")
    .action((options: NewOptions) =>
      options.out === undefined ? inState(world, options) : aside(world, options),
    );
  keys
    .command("rotate")
    .description("put a new key in a key's place, and destroy the old private half")
    .option("--state <dir>", "state folder")
    .option("--config <file>", "configuration, instead of the one in the state folder")
    .addOption(new Option("--role <role>", "only this one").choices([...keyRoles]))
    .option("--revoke <keyid>", "give this key up: nothing that it ever signed counts for landing")
    .option("--json", "as JSON")
    .action((options: RotateOptions) => rotate(world, options));
  keys
    .command("list")
    .description("show keys, how long they last, and whether they are trusted")
    .option("--state <dir>", "state folder")
    .option("--config <file>", "configuration, instead of the one in the state folder")
    .option("--json", "as JSON")
    .action((options: ListOptions) => list(world, options));
}

async function inState(
  world: KeyWorld,
  { state, config, repo, role, maxAgeDays }: NewOptions,
): Promise<void> {
  const places = await world.findState(state);
  const repositories = await world.foldersWithoutKeys(places, named(repo), undefined);
  const at = { keys: places.keys, trust: places.trust, repositories };
  const days = maxAgeDays === undefined ? termsOf(places, config, world).max_age_days : daysIn(maxAgeDays);
  for (const each of role === undefined ? missingRoles(at) : [role]) {
    const made = newKey(at, each);
    // Without a record, as after a crash here, the time of its file counts.
    locked(at, () => record(places.trust, { [made.keyid]: newRecord(each, world.now(), days) }));
    tellMade(world, made);
  }
}

/** A folder of its own gets one pair and no record: that is the key of a CI job, or a key that is carried elsewhere. */
async function aside(world: KeyWorld, { out = "", repo, role = "attestation" }: NewOptions): Promise<void> {
  const folder = resolve(out);
  const repositories = await world.foldersWithoutKeys(undefined, named(repo), folder);
  tellMade(world, newKey({ keys: folder, trust: folder, repositories }, role));
}

function tellMade({ out }: KeyWorld, made: ReturnType<typeof newKey>): void {
  out(`${made.role} ${made.keyid}\n  private  ${made.privateFile}\n  public   ${made.publicFile}\n`);
}

async function rotate(world: KeyWorld, { state, config, role, revoke, json }: RotateOptions): Promise<void> {
  const places = await world.findState(state);
  const repositories = await world.foldersWithoutKeys(places, undefined, undefined);
  const at = { keys: places.keys, trust: places.trust, repositories };
  const done = locked(at, () =>
    rotated(termsOf(places, config, world), { role, revoke, now: world.now() }, at),
  );
  world.out(
    json === true
      ? `${JSON.stringify(done)}\n`
      : [
          ...done.rotated.map(
            (one) =>
              `${one.role} ${one.inUse}\n  in place of ${one.retired}${one.finished ? "; an earlier rotation is finished" : ""}\n`,
          ),
          ...(done.revoked === null ? [] : [`revoked ${done.revoked}\n`]),
        ].join(""),
  );
}

interface Done {
  readonly rotated: readonly Rotated[];
  readonly revoked: string | null;
}

interface RotationAsked {
  readonly role: KeyRole | undefined;
  readonly revoke: string | undefined;
  readonly now: number;
}

function rotated(
  { max_age_days, overlap_days }: Config["keys"],
  { role, revoke, now }: RotationAsked,
  at: KeyPlaces,
): Done {
  const terms = { now, maxAgeDays: max_age_days, overlapDays: overlap_days };
  if (revoke === undefined) {
    const roles = role === undefined ? keyRoles : [role];
    // Both before either: what was begun for one key would have to be finished.
    for (const each of roles) assertClock(at, each, terms);
    return { rotated: roles.map((each) => rotateKey(at, each, { ...terms, revoke: false })), revoked: null };
  }
  const listed = listKeys(at, { now, maxAgeDays: max_age_days });
  const known = listed.find((key) => key.kind === "public" && key.keyid === revoke);
  if (known?.role === undefined || known.life === undefined)
    throw new CountersignError("usage", `${revoke} is no key in ${at.trust}`, {
      fix: "countersign keys list shows them.",
    });
  const made = giveUp(at, { id: revoke, role: known.role, life: known.life }, terms);
  // Whoever leaves here with a word of success stops looking for the key.
  if (recordOf(at.trust, revoke)?.revoked === undefined)
    throw new CountersignError("key_unusable", `${revoke} could not be revoked`, {
      fix: "countersign keys list shows what is wrong; then try again.",
    });
  return { rotated: made, revoked: revoke };
}

/**
 * A rotation that was interrupted is finished first, and gives up nothing: only behind it is one key in use, and which one
 * decides what revoking takes.
 */
function giveUp(
  at: KeyPlaces,
  { id, role, life }: { readonly id: string; readonly role: KeyRole; readonly life: KeyRecord },
  terms: Omit<RotationTerms, "revoke">,
): Done["rotated"] {
  const rotate = (revoke: boolean): Rotated => rotateKey(at, role, { ...terms, revoke });
  const made = isUnfinished(at, role) ? [rotate(false)] : [];
  // The key that signs cannot be given up without another in its place.
  const listed = listKeys(at, terms);
  if (listed.some((key) => key.kind === "private" && key.keyid === id)) return [...made, rotate(true)];
  revokeKey(at.trust, id, recordOf(at.trust, id) ?? life, terms.now);
  return made;
}

async function list(world: KeyWorld, { state, config, json }: ListOptions): Promise<void> {
  const places = await world.findState(state);
  const repositories = await world.foldersWithoutKeys(places, undefined, undefined);
  const { max_age_days, warn_days } = termsOf(places, config, world);
  const at = { keys: places.keys, trust: places.trust, repositories };
  const keys = listKeys(at, { now: world.now(), maxAgeDays: max_age_days });
  const warned = warnings(at, keys, warn_days);
  world.out(
    json === true
      ? `${JSON.stringify({ keys: keys.map(inJson), warnings: warned }, undefined, 2)}\n`
      : [...keys.map(inText), ...warned.map((line) => `warning: ${line}\n`)].join(""),
  );
}

/** Where no configuration is yet (`init` writes it behind the keys), that of the preset that is used then. */
function termsOf(places: Layout, config: string | undefined, { now, env }: KeyWorld): Config["keys"] {
  const root = packageRoot();
  if (config === undefined && !existsSync(places.config)) return presetConfig(root, "quickstart").keys;
  return loadSetup(places, root, config, environmentOverrides(env), now()).config.keys;
}

/** Two at once would each keep the other's record out of the file. */
function locked<T>({ keys }: KeyPlaces, work: () => T): T {
  const lock = acquireLock(join(keys, "keys.lock"));
  if (lock === undefined)
    throw new CountersignError("state_unusable", `another process is at work on the keys in ${keys}`, {
      fix: "Wait for it, and try again.",
    });
  try {
    return work();
  } finally {
    lock.release();
  }
}

const MAX_DAYS = 3650;

function daysIn(text: string): number {
  const days = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MAX_DAYS) return days;
  throw new CountersignError("usage", `--max-age-days ${text} is no number from 1 to ${MAX_DAYS}`);
}

function named(repo: string | undefined): string | undefined {
  return repo === undefined ? undefined : resolve(repo);
}
