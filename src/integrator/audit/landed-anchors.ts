// Anchors in refs/countersign/landed: verdict and receipt of every landing, which every clone of the repository has.
import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { WalkRow } from "../../core/audit/log-walk.ts";
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import { parseProof } from "../../core/audit/tlog-proof.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { GitOid, PatchId } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import { findGit, type Git, openRepository, type Repository } from "../../io/exec/git.ts";
import type { Layout } from "../../io/file/layout.ts";
import { readRepository, type RepositoryPlace } from "../../io/file/state.ts";
import { landedFile, landedRefs } from "../git/landed.ts";
import { findRepository, repositoryAround } from "../git/repository.ts";
import type { World } from "../world.ts";
import {
  type Anchor,
  type Anchors,
  isAnchor,
  noteAnchor,
  type Stray,
  type Terms,
  verdictAnchor,
} from "./anchors.ts";
import { contentOf } from "./selection.ts";

export interface LandedAnchors extends Anchors {
  readonly doubts: readonly string[];
  readonly notes: readonly string[];
  /** Patches with a landed ref in the repository of the state folder; undefined where nobody could look. */
  readonly landed: ReadonlySet<string> | undefined;
}

type Found = Anchor | Stray;
type Refs = ReadonlyMap<PatchId, GitOid>;

interface Looked {
  readonly found: Found[];
  readonly doubts: string[];
  readonly notes: string[];
  /** What the state folder calls its repository. */
  place?: RepositoryPlace;
  own?: Refs;
}

const TIMEOUT_MS = 30_000;

/**
 * A state folder that was set back as a whole is told by the repository alone, so that it cannot be looked at is no small
 * thing: it leaves the question open. Which repository that is, says a file of the folder itself, and whoever sets the
 * folder back can write another one there: so the one around the person is read as well. One ref that cannot be read is
 * passed over, and hides none of the others.
 */
export async function landedAnchors(
  world: World,
  layout: Layout,
  terms: Terms,
  repo: string | undefined,
): Promise<LandedAnchors> {
  const looked: Looked = { found: [], doubts: [], notes: [] };
  const { found, doubts, notes } = looked;
  await doubting(doubts, async () => {
    const git = await findGit(world.env["PATH"] ?? "", TIMEOUT_MS);
    const here = resolve(world.cwd, repo ?? ".");
    if (existsSync(layout.repository)) {
      await doubting(doubts, () => lookInOwn(git, layout, terms, looked));
      await doubting(doubts, () => lookAround(git, here, terms, looked));
    } else {
      doubts.push("the state folder does not say which repository it belongs to");
      looked.own = await lookIn(git, (await findRepository(git, here)).path, terms, found);
    }
  });
  const strays = found.filter((one): one is Stray => !isAnchor(one));
  const landed = looked.own && new Set(looked.own.keys());
  return { anchors: found.filter(isAnchor), strays, doubts, notes, landed };
}

async function doubting(doubts: string[], look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    doubts.push(`landings in the repository were not looked at: ${printable(cause.message)}`);
  }
}

async function lookInOwn(git: Git, layout: Layout, terms: Terms, looked: Looked): Promise<void> {
  const { path, gitDir } = readRepository(layout);
  const { commonDir } = await openRepository(git, path);
  // Commands that are given --repo compare the one, and refs are read of the other.
  if (realpathSync(commonDir) !== gitDir)
    looked.doubts.push(`${layout.repository} names two repositories: ${gitDir} is not that of ${path}`);
  looked.place = { path, gitDir: realpathSync(commonDir) };
  looked.own = await lookIn(git, path, terms, looked.found);
}

/** Where another one is around the person: a clone, the one that was meant, or one that has nothing to do with it. */
async function lookAround(git: Git, here: string, terms: Terms, looked: Looked): Promise<void> {
  const { found, notes, own, place } = looked;
  const around = await repositoryAround(git, here);
  const isOther = around !== undefined && around.gitDir !== place?.gitDir;
  if (isOther) await lookIn(git, around.path, terms, found, own);
  if (place === undefined || place.gitDir === around?.gitDir) return;
  const both = isOther ? `, and in ${around.path}` : "";
  const how = "which repository that is, the state folder says alone, unless you name it with --repo";
  notes.push(`landings were looked for in ${place.path}${both}; ${how}`);
}

/** All landed refs of a repository, but those of `known`. */
async function lookIn(
  git: Git,
  path: string,
  terms: Terms,
  found: Found[],
  known: Refs = new Map(),
): Promise<Refs> {
  const repository = await openRepository(git, path);
  const refs = await landedRefs(git, repository);
  for (const [id, proof] of refs)
    if (known.get(id) !== proof) found.push(...(await ofRef(git, repository, [id, proof], terms)));
  return refs;
}

/**
 * Patches that the log says have landed and that have no ref: the repository is not the one that they landed in, or
 * somebody took its refs, and with them what tells of a log that was set back.
 */
export function withoutRef(entries: ReadonlySet<string>, landed: ReadonlySet<string>): readonly string[] {
  const missing = [...entries].filter((id) => !landed.has(id));
  const [first] = missing;
  return first === undefined
    ? []
    : [
        `the log tells of ${missing.length} landings that the repository has no ref of (refs/countersign/landed/${first})`,
      ];
}

/** Passes the rows on, and adds to `landed` the patches whose landing they tell of, as far as they can be read. */
export function* tellingLanded(
  rows: Iterable<WalkRow>,
  keys: AuditKeys,
  landed: Set<string>,
): Generator<WalkRow> {
  for (const row of rows) {
    const { line, about } = row;
    if (about?.startsWith(ABOUT) === true && isLanding(line, keys)) landed.add(about.slice(ABOUT.length));
    yield row;
  }
}
const ABOUT = "patch:";

function isLanding(line: string | null, keys: AuditKeys): boolean {
  if (line === null || !(line.includes('"landing.landed"') || line.includes('"c":"'))) return false;
  const entry = contentOf(line, keys);
  return typeof entry !== "string" && entry.event === "landing.landed";
}

async function ofRef(
  git: Git,
  repository: Repository,
  [id, proof]: readonly [PatchId, GitOid],
  terms: Terms,
): Promise<readonly (Anchor | Stray)[]> {
  const name = `landed/${id}`;
  try {
    const envelope = await landedFile(git, repository, proof, "verdict");
    const receipt = await landedFile(git, repository, proof, "receipt");
    const verdict = envelope === undefined ? undefined : verdictAnchor("landed", name, envelope, terms);
    const note = receipt === undefined ? undefined : parseProof(receipt)?.checkpoint;
    const sealed = note === undefined ? undefined : noteAnchor("landed", name, note, terms);
    return [verdict, sealed].filter((one) => one !== undefined && isAnchor(one)) as readonly Anchor[];
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    return [{ source: "landed", name, shard: null, why: `it cannot be read: ${printable(cause.message)}` }];
  }
}
