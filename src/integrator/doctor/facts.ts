// Gathers what the doctor judges. Every look is read-only, and one that fails is a fact, not an end.
import { accessSync, constants, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parsePublication } from "../../core/attestation/statement.ts";
import { verifyAttestation } from "../../core/attestation/verify.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { environmentOverrides } from "../../core/config/overrides.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Credential } from "../../core/identity/token.ts";
import { findGit, openRepository, resolveRef, servedRef } from "../../io/exec/git.ts";
import { probeValidator } from "../../io/exec/probe.ts";
import { integratorExchange } from "../../io/exchange/files/open.ts";
import { configurationFiles, loadSetup, presetConfig, type Setup } from "../../io/file/config.ts";
import { ATTESTATION_KEY, type Layout } from "../../io/file/layout.ts";
import { isLocked } from "../../io/file/lock.ts";
import { resolveState } from "../../io/file/state.ts";
import { openStore } from "../../io/store/sqlite/open.ts";
import { auditKeysIfThere } from "../audit-keys.ts";
import { configPath, type Place, trustedKeys, type Where } from "../context.ts";
import { validatorLock } from "../supervise.ts";
import type { World } from "../world.ts";
import { gatherAlerts } from "./alert-facts.ts";
import type { Facts, PathFact, Tried } from "./diagnose.ts";
import { gatherMaterial } from "./door-facts.ts";
import { exposed } from "./exposed.ts";
import type { DoorFacts } from "./door.ts";
import { gatherKeys } from "./key-facts.ts";
import { gatherGates } from "./gate-facts.ts";
import { gatherRights } from "./rights.ts";
import type { ScanningFacts } from "./scanning.ts";

export async function gatherFacts(world: World, place: Place, where: Where): Promise<Facts> {
  const { layout, repository } = place;
  const path = configPath(world, layout, where);
  const config = attempt(() =>
    loadSetup(layout, world.root, path, environmentOverrides(world.env), world.now(), repository),
  );
  const setup = "value" in config ? config.value : undefined;
  const manifest = await published(layout);
  const { store, credentials } = await lookAtStore(world, layout, setup);
  return {
    node: world.nodeVersion,
    git: await gitVersion(world),
    uid: world.uid,
    stateRoot: layout.root,
    stateInside: liesInside(world, place),
    fileSystem: fileSystemOf(layout.root),
    folders: folders(layout),
    privateKey: pathFact("private key", join(layout.keys, ATTESTATION_KEY)),
    trustKey: tried(() => keyids(layout)),
    keys: setup === undefined ? undefined : gatherKeys(layout, setup.config.keys, world.now()),
    config:
      "value" in config
        ? { kind: "fine", detail: `preset ${config.value.preset}` }
        : { kind: "broken", why: config.why },
    exposed: exposed(setup === undefined ? [path] : configurationFiles(layout, path, setup.config)),
    sharedUser: setup?.config.gateway.shared_user,
    store,
    landings: tried(() => writable(join(layout.exchange, "landings"))),
    repository: pathFact("repository", repository.path),
    manifest: manifest.state,
    manifestCurrent: setup === undefined ? undefined : await isCurrent(place, setup.config, manifest.commit),
    validatorRuns: validatorRuns(layout),
    door: setup === undefined ? undefined : doorFacts(world, layout, setup, credentials),
    gates: setup === undefined ? undefined : gateFacts(world, layout, setup),
    scanning: setup === undefined ? undefined : await scanning(world, layout, path, setup),
    alerts: setup === undefined ? undefined : await gatherAlerts(world, layout, setup.config),
    rights: gatherRights(layout, repository.gitDir, world.uid, setup?.config.server.http.enabled ?? false),
  };
}

function gateFacts(world: World, layout: Layout, setup: Setup): ReturnType<typeof gatherGates> {
  return gatherGates(layout, setup, world.now(), presetConfig(world.root, setup.preset));
}

/** The validator's program answers for this user: another one may have another PATH and other control groups. */
async function scanning(
  world: World,
  { root }: Layout,
  config: string,
  setup: Setup,
): Promise<ScanningFacts> {
  const { node, env } = world;
  const known = Object.entries(env).filter(([name]) => name === "PATH" || name.startsWith("COUNTERSIGN_"));
  const seen = Object.fromEntries(known.map(([name, value]) => [name, value ?? ""]));
  const facts = { config: setup.config, packs: setup.packs };
  try {
    const main = world.main("validator");
    return { ...facts, probe: await probeValidator({ node, main, state: root, config, env: seen }) };
  } catch (cause) {
    return { ...facts, probe: { why: reason(cause) } };
  }
}

function folders(layout: Layout): readonly PathFact[] {
  const { root, keys, trust, gateway, validator, exchange } = layout;
  return Object.entries({ state: root, keys, trust, gateway, validator, exchange }).map(([name, path]) =>
    pathFact(name, path),
  );
}

function keyids(layout: Layout): string {
  const ids = trustedKeys(layout).map(({ keyid }) => keyid);
  return ids.join(", ");
}

function attempt<T>(work: () => T): { value: T } | { why: string } {
  try {
    return { value: work() };
  } catch (cause) {
    return { why: reason(cause) };
  }
}

function tried(work: () => string): Tried {
  const outcome = attempt(work);
  return "value" in outcome ? { kind: "fine", detail: outcome.value } : { kind: "broken", why: outcome.why };
}

function reason(cause: unknown): string {
  const said = cause instanceof Error ? cause.message : String(cause);
  return said.split("\n").map(printable).join("\n");
}

function pathFact(name: string, path: string): PathFact {
  const found = attempt(() => statSync(path));
  return "value" in found
    ? { name, path, mode: found.value.mode, uid: found.value.uid }
    : { name, path, mode: undefined, uid: undefined };
}

async function gitVersion(world: World): Promise<string | undefined> {
  try {
    return (await findGit(world.env["PATH"] ?? "", 10_000)).version;
  } catch (cause) {
    if (cause instanceof CountersignError) return undefined;
    throw cause;
  }
}

function liesInside(world: World, { layout, repository }: Place): boolean {
  const outcome = attempt(() =>
    resolveState({ flag: layout.root, env: world.env, cwd: world.cwd, repository }),
  );
  return "why" in outcome;
}

/** Magic numbers of statfs(2), from linux/magic.h. Other systems give other numbers, and the answer is unknown. */
const MAGIC: Readonly<Record<number, Facts["fileSystem"]>> = {
  0x01021994: "tmpfs",
  0x858458f6: "tmpfs",
  0x6969: "network",
  0xff534d42: "network",
  0xfe534d42: "network",
  0x517b: "network",
  0x00c36400: "network",
  0x01021997: "network",
  0xef53: "local",
  0x58465342: "local",
  0x9123683e: "local",
  0x2fc12fc1: "local",
  0x794c7630: "local",
  0xf2f52010: "local",
};

function fileSystemOf(path: string): Facts["fileSystem"] {
  const found = attempt(() => statfsSync(path).type);
  return "value" in found ? (MAGIC[found.value >>> 0] ?? "unknown") : "unknown";
}

function writable(folder: string): string {
  accessSync(folder, constants.W_OK);
  return folder;
}

/** Where gateway and person are two users, a store that cannot be seen is as it should be. */
function presence(path: string): "there" | "missing" | "hidden" {
  try {
    accessSync(path, constants.R_OK);
    return "there";
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EACCES" ? "hidden" : "missing";
  }
}

function doorFacts(
  world: World,
  layout: Layout,
  setup: Setup,
  credentials: readonly Credential[] | undefined,
): DoorFacts {
  const { config, preset } = setup;
  return { now: world.now(), preset, config, material: gatherMaterial(layout, config), credentials };
}

/** Opening checks file, schema, settings and the end of the log. A missing store is not made here. */
async function lookAtStore(
  world: World,
  layout: Layout,
  setup: Setup | undefined,
): Promise<{ store: Facts["store"]; credentials?: readonly Credential[] | undefined }> {
  const there = presence(layout.database);
  if (there !== "there") return { store: { kind: there } };
  const { keys, why } = await auditKeysIfThere(world, setup?.config);
  if (why !== undefined) return { store: { kind: "broken", why } };
  const outcome = attempt(() => {
    // As the gateway opens it: a key that persons need is missing here, too.
    const personal = setup?.config.audit.personal;
    const store = openStore(layout.database, { clock: world.now, keys, random: world.random, personal });
    try {
      return store.credentials();
    } finally {
      store.close();
    }
  });
  if (!("value" in outcome)) return { store: { kind: "broken", why: outcome.why } };
  const detail = "opens, settings, tokens and the end of the log are sound";
  return { store: { kind: "fine", detail }, credentials: outcome.value };
}

async function published(layout: Layout): Promise<{ state: Tried; commit?: string }> {
  try {
    const { published: places } = await integratorExchange(layout.exchange);
    const digest = await places.current();
    if (digest === undefined) return { state: { kind: "missing" } };
    const manifest = await places.manifest(digest);
    const envelope = await places.manifestEnvelope(digest);
    if (manifest.kind !== "found")
      return { state: { kind: "broken", why: "its file is damaged or missing" } };
    if (envelope.kind !== "found") return { state: { kind: "broken", why: "its signature is missing" } };
    const verified = verifyAttestation(envelope.bytes, trustedKeys(layout));
    const publication = verified.ok ? parsePublication(verified.value.payload) : verified;
    if (!publication.ok) return { state: { kind: "broken", why: publication.refusal.message } };
    if (publication.value.subject[0].digest.sha256 !== digest)
      return { state: { kind: "broken", why: "the signature is about another manifest" } };
    const { commit } = publication.value.predicate;
    return { state: { kind: "fine", detail: `commit ${commit.slice(0, 12)}` }, commit };
  } catch (cause) {
    return { state: { kind: "broken", why: reason(cause) } };
  }
}

async function isCurrent(
  { git, repository }: Place,
  config: Config,
  commit: string | undefined,
): Promise<boolean | undefined> {
  if (commit === undefined) return undefined;
  try {
    const open = await openRepository(git, repository.path);
    return (await resolveRef(git, open, await servedRef(git, open, config.repository.ref))) === commit;
  } catch {
    return undefined;
  }
}

function validatorRuns(layout: Layout): boolean | undefined {
  const outcome = attempt(() => isLocked(validatorLock(layout)));
  return "value" in outcome ? outcome.value : undefined;
}
