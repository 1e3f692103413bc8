// What a command about the log of a state folder needs: configuration, keys, and every anchor that this user can read.
import { lstatSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TrustedKey } from "../../core/attestation/key.ts";
import type { KeyRole } from "../../core/attestation/key-record.ts";
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import { MAX_PROOF_BYTES, parseProof } from "../../core/audit/tlog-proof.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { deploymentOf } from "../../core/config/deployment.ts";
import { environmentOverrides } from "../../core/config/overrides.ts";
import type { Config } from "../../core/config/schema.ts";
import { findGit, openRepository } from "../../io/exec/git.ts";
import { sealedReader } from "../../io/exchange/files/heads.ts";
import { receiptReader } from "../../io/exchange/files/receipts.ts";
import { verdictReader } from "../../io/exchange/files/verdicts.ts";
import type { SealedReader } from "../../io/exchange/exchange.ts";
import { loadSetup } from "../../io/file/config.ts";
import { roleKeys } from "../../io/file/keyring.ts";
import type { Layout } from "../../io/file/layout.ts";
import { readBounded } from "../../io/file/read.ts";
import { readRepository } from "../../io/file/state.ts";
import { auditKeysIfThere } from "../audit-keys.ts";
import { configPath, type Where } from "../context.ts";
import { landedFile, landedRefs } from "../git/landed.ts";
import type { World } from "../world.ts";
import {
  type Anchor,
  type Anchors,
  exchangeAnchors,
  isAnchor,
  noteAnchor,
  type Stray,
  type Terms,
  verdictAnchor,
} from "./anchors.ts";
import { rememberedAnchors } from "./remembered.ts";

export interface Gathered {
  readonly terms: Terms;
  readonly sealed: SealedReader;
  readonly anchors: Anchors;
  /** What could not be looked at, for people. */
  readonly notes: readonly string[];
}

/** Configuration of a state folder, for commands that need not know its repository. */
export function configOf(world: World, layout: Layout, where: Where): Config {
  const path = configPath(world, layout, where);
  return loadSetup(layout, world.root, path, environmentOverrides(world.env), world.now()).config;
}

export async function gather(
  world: World,
  layout: Layout,
  config: Config,
  given: readonly string[] = [],
): Promise<Gathered> {
  const notes: string[] = [];
  const keysOf = (role: KeyRole): readonly TrustedKey[] => {
    try {
      // A key that was given up vouches for nothing: its holder signs whatever suits.
      return roleKeys(layout.trust, role).filter(({ life }) => life?.revoked === undefined);
    } catch (cause) {
      if (!(cause instanceof CountersignError)) throw cause;
      notes.push(`no ${role} key to verify with: ${printable(cause.message)}`);
      return [];
    }
  };
  const terms = {
    deployment: deploymentOf(config),
    sealers: keysOf("sealer"),
    attesters: keysOf("attestation"),
  };
  const sealed = sealedReader(join(layout.exchange, "heads", "sealed"));
  const receipts = receiptReader(join(layout.exchange, "receipts"));
  const verdicts = verdictReader(join(layout.exchange, "verdicts"));
  const exchange = await exchangeAnchors({ sealed, receipts, verdicts }, terms);
  const all = [
    exchange,
    rememberedAnchors(layout, terms),
    givenAnchors(world, given, terms),
    { anchors: await landedAnchors(world, layout, terms, notes), strays: [] },
  ];
  const anchors = all
    .flatMap((some) => some.anchors)
    .filter(({ note }) => note === undefined || terms.sealers.length > 0);
  return { terms, sealed, anchors: { anchors, strays: all.flatMap((some) => some.strays) }, notes };
}

/** `--checkpoint FILE`: a signed note, or a tlog-proof that holds one. What a person names has to be one of this log. */
export function givenAnchors(world: World, files: readonly string[], terms: Terms): Anchors {
  const anchors = files.map((file): Anchor => {
    const bytes = readGiven(resolve(world.cwd, file));
    const one: Anchor | Stray = noteAnchor("given", file, parseProof(bytes)?.checkpoint ?? bytes, terms);
    if (isAnchor(one)) return one;
    throw new CountersignError("usage", printable(`--checkpoint ${file}: ${one.why}`), {
      fix: "Name a signed checkpoint (countersign audit head --note) or a .tlog-proof of this log.",
    });
  });
  return { anchors, strays: [] };
}

export function readGiven(path: string): Uint8Array {
  const read = readBounded(path, MAX_PROOF_BYTES);
  if (read.kind === "found") return read.bytes;
  throw new CountersignError(
    "usage",
    `cannot read ${path}: it ${read.kind === "absent" ? "is not there" : read.why}`,
  );
}

/** Verdicts in refs/countersign/landed: a copy that every clone of the repository has. */
async function landedAnchors(
  world: World,
  layout: Layout,
  terms: Terms,
  notes: string[],
): Promise<readonly Anchor[]> {
  try {
    if (lstatSync(layout.repository, { throwIfNoEntry: false }) === undefined) return [];
    const git = await findGit(world.env["PATH"] ?? "", 30_000);
    const repository = await openRepository(git, readRepository(layout).path);
    const found: Anchor[] = [];
    for (const [id, proof] of await landedRefs(git, repository)) {
      const envelope = await landedFile(git, repository, proof, "verdict");
      const receipt = await landedFile(git, repository, proof, "receipt");
      const verdict =
        envelope === undefined ? undefined : verdictAnchor("landed", `landed/${id}`, envelope, terms);
      const note = receipt === undefined ? undefined : parseProof(receipt)?.checkpoint;
      const sealed = note === undefined ? undefined : noteAnchor("landed", `landed/${id}`, note, terms);
      if (verdict !== undefined) found.push(verdict);
      if (sealed !== undefined && isAnchor(sealed)) found.push(sealed);
    }
    return found;
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    notes.push(`landings in the repository were not looked at: ${printable(cause.message)}`);
    return [];
  }
}

/** Keys of encrypted entries, where this user has them: chain and tree verify without. */
export async function entryKeys(world: World, config: Config, notes: string[]): Promise<AuditKeys> {
  const { keys, why } = await auditKeysIfThere(world, config);
  if (why !== undefined) notes.push(`encrypted entries are verified, but not read: ${why}`);
  return keys;
}
