// Gathers what the doctor judges. Every look is read-only, and one that fails is a fact, not an end.
import { accessSync, constants, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parsePublication } from "../../core/attestation/statement.ts";
import { verifyEnvelope } from "../../core/attestation/verify.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import { findGit, openRepository, resolveRef, servedRef } from "../../io/exec/git.ts";
import { integratorExchange } from "../../io/exchange/files/open.ts";
import { loadSetup } from "../../io/file/config.ts";
import { ATTESTATION_KEY, type Layout } from "../../io/file/layout.ts";
import { isLocked } from "../../io/file/lock.ts";
import { resolveState } from "../../io/file/state.ts";
import { openStore } from "../../io/store/sqlite/open.ts";
import { configPath, type Place, trustedKeys, type Where } from "../context.ts";
import { validatorLock } from "../supervise.ts";
import type { World } from "../world.ts";
import type { Facts, PathFact, Tried } from "./diagnose.ts";

export async function gatherFacts(world: World, place: Place, where: Where): Promise<Facts> {
  const { layout, repository } = place;
  const config = attempt(() => loadSetup(layout, world.root, configPath(world, layout, where)));
  const manifest = await published(layout);
  return {
    node: world.nodeVersion,
    git: await gitVersion(world),
    uid: world.uid,
    stateRoot: layout.root,
    stateInside: liesInside(world, place),
    fileSystem: fileSystemOf(layout.root),
    folders: [
      ["state", layout.root],
      ["keys", layout.keys],
      ["trust", layout.trust],
      ["gateway", layout.gateway],
      ["validator", layout.validator],
      ["exchange", layout.exchange],
    ].map(([name = "", path = ""]) => pathFact(name, path)),
    privateKey: pathFact("private key", join(layout.keys, ATTESTATION_KEY)),
    trustKey: tried(() =>
      trustedKeys(layout)
        .map((key) => key.keyid)
        .join(", "),
    ),
    config:
      "value" in config
        ? { kind: "fine", detail: `preset ${config.value.preset}` }
        : { kind: "broken", why: config.why },
    sharedUser: "value" in config ? config.value.config.gateway.shared_user : undefined,
    store: storeState(world, layout),
    landings: tried(() => writable(join(layout.exchange, "landings"))),
    repository: pathFact("repository", repository.path),
    manifest: manifest.state,
    manifestCurrent:
      "value" in config ? await isCurrent(place, config.value.config, manifest.commit) : undefined,
    validatorRuns: validatorRuns(layout),
  };
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

/** Opening checks file, schema, settings and the end of the log. A missing store is not made here. */
function storeState(world: World, layout: Layout): Tried {
  if (!("value" in attempt(() => statSync(layout.database)))) return { kind: "missing" };
  return tried(() => {
    openStore(layout.database, { clock: world.now }).close();
    return "opens, settings and the end of the log are sound";
  });
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
    const verified = verifyEnvelope(envelope.bytes, trustedKeys(layout));
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
