// What a command about the log of a state folder needs: configuration, keys, and every anchor that this user can read.
import { join, resolve } from "node:path";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { unrevoked } from "../../core/attestation/key-life.ts";
import type { KeyRole } from "../../core/attestation/key-record.ts";
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import { MAX_PROOF_BYTES, parseProof } from "../../core/audit/tlog-proof.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { deploymentOf } from "../../core/config/deployment.ts";
import { environmentOverrides } from "../../core/config/overrides.ts";
import type { Config } from "../../core/config/schema.ts";
import { sealedReader } from "../../io/exchange/files/heads.ts";
import { receiptReader } from "../../io/exchange/files/receipts.ts";
import { verdictReader } from "../../io/exchange/files/verdicts.ts";
import type { SealedReader } from "../../io/exchange/exchange.ts";
import { loadSetup } from "../../io/file/config.ts";
import { roleKeys } from "../../io/file/keyring.ts";
import type { Layout } from "../../io/file/layout.ts";
import { readBounded } from "../../io/file/read.ts";
import { auditKeysIfThere } from "../audit-keys.ts";
import { configPath, type Where } from "../context.ts";
import type { World } from "../world.ts";
import {
  type Anchor,
  type Anchors,
  exchangeAnchors,
  isAnchor,
  noteAnchor,
  type Stray,
  type Terms,
} from "./anchors.ts";
import { landedAnchors } from "./landed-anchors.ts";
import { rememberedAnchors } from "./remembered.ts";

export interface Gathered {
  readonly terms: Terms;
  readonly sealed: SealedReader;
  readonly anchors: Anchors;
  /** What could not be looked at, and where landings were looked for, for people. */
  readonly notes: readonly string[];
  /** Anchors that must be there and were not looked at: nobody can tell, then, that the log is complete. */
  readonly doubts: readonly string[];
  /** Patches with a landed ref in the repository; undefined where nobody could look. */
  readonly landed: ReadonlySet<string> | undefined;
}

/** Configuration of a state folder, for commands that need not know its repository. */
export function configOf(world: World, layout: Layout, where: Where): Config {
  const path = configPath(world, layout, where);
  return loadSetup(layout, world.root, path, environmentOverrides(world.env), world.now()).config;
}

export interface GatherChoice extends Pick<Where, "repo"> {
  readonly checkpoint?: readonly string[] | undefined;
}

export async function gather(
  world: World,
  layout: Layout,
  config: Config,
  { checkpoint = [], repo }: GatherChoice = {},
): Promise<Gathered> {
  const notes: string[] = [];
  const keysOf = (role: KeyRole): readonly TrustedKey[] => {
    try {
      return roleKeys(layout.trust, role);
    } catch (cause) {
      if (!(cause instanceof CountersignError)) throw cause;
      notes.push(`no ${role} key to verify with: ${printable(cause.message)}`);
      return [];
    }
  };
  const sealers = keysOf("sealer");
  // A key that was given up vouches for nothing: its holder signs whatever suits.
  const terms = {
    deployment: deploymentOf(config),
    sealers: unrevoked(sealers),
    givenUp: sealers.filter(({ life }) => life?.revoked !== undefined),
    attesters: unrevoked(keysOf("attestation")),
  };
  const sealed = sealedReader(join(layout.exchange, "heads", "sealed"));
  const receipts = receiptReader(join(layout.exchange, "receipts"));
  const verdicts = verdictReader(join(layout.exchange, "verdicts"));
  const exchange = await exchangeAnchors({ sealed, receipts, verdicts }, terms);
  const landed = await landedAnchors(world, layout, terms, repo);
  const all = [exchange, rememberedAnchors(layout, terms), givenAnchors(world, checkpoint, terms), landed];
  const anchors = all.flatMap((some) => some.anchors).filter((one) => canCount(one, terms));
  return {
    terms,
    sealed,
    anchors: { anchors, strays: all.flatMap((some) => some.strays) },
    notes: [...notes, ...landed.notes],
    doubts: landed.doubts,
    landed: landed.landed,
  };
}

function canCount({ note }: Anchor, { sealers }: Terms): boolean {
  return note === undefined || sealers.length > 0;
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

/** Keys of encrypted entries, where this user has them: chain and tree verify without. */
export async function entryKeys(world: World, config: Config, notes: string[]): Promise<AuditKeys> {
  const { keys, why } = await auditKeysIfThere(world, config);
  if (why !== undefined) notes.push(`encrypted entries are verified, but not read: ${why}`);
  return keys;
}
