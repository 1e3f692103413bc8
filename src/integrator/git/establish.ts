// What is true of a patch at this moment: one condition for each question of the landing gate, over evidence read once.
import { parseVerdict, type Verdict } from "../../core/attestation/statement.ts";
import { type Verified, verifyAttestation } from "../../core/attestation/verify.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import { type GitOid, landedRef, landingBranch, type PatchId } from "../../core/base/ids.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";
import { holds } from "../../core/gate/conditions.ts";
import type { Condition, Facts } from "../../core/gate/decision.ts";
import { trustOf } from "../../core/gate/trust.ts";
import type { Order } from "../../core/proposal/order.ts";
import type { FoundBytes, IntegratorExchange } from "../../io/exchange/exchange.ts";
import { type Git, type Repository, resolveRef } from "../../io/exec/git.ts";
import { applyToTree, commitTree, isAncestor, type PrivateGit } from "../../io/exec/private-git.ts";
import { diffTree } from "../../io/exec/tree-diff.ts";
import type { LandTools } from "./land.ts";
import { makeBranch } from "./landing-refs.ts";
import * as policy from "./policy.ts";
import { type Sealable, sealedBy } from "./sealed.ts";
import * as ask from "./terms.ts";

export interface Tools {
  readonly exchange: Pick<IntegratorExchange, "orders" | "verdicts" | "receipts" | "incidents" | "landings">;
  readonly git: Git;
  readonly repository: Repository;
  /** Private folder over the repository's objects; whatever is built before the yes is built in there. */
  readonly own: PrivateGit;
  readonly lockLandings: LandTools["lockLandings"];
  readonly tell: LandTools["tell"];
}

interface Stored {
  readonly order: Awaited<ReturnType<Tools["exchange"]["orders"]["read"]>>;
  readonly closure: Awaited<ReturnType<Tools["exchange"]["orders"]["closure"]>>;
  readonly verdict: FoundBytes;
  readonly receipt: FoundBytes;
}

/** The only reads of the exchange: what is verified below and what is landed are the same bytes in memory. */
async function readOnce(id: PatchId, { exchange }: Tools): Promise<Stored> {
  const order = await exchange.orders.read(id);
  const verdict = await exchange.verdicts.read(id);
  const receipt = await exchange.receipts.read(id);
  const closure = await exchange.orders.closure(id);
  return { order, closure, verdict, receipt };
}

interface Signed {
  readonly envelope: Uint8Array;
  readonly order: Uint8Array;
  readonly statement: Digest;
  readonly keyid: string;
  readonly publicKey: Uint8Array;
  /** The receipt as it was read, whatever it proves. */
  readonly receipt: FoundBytes;
}

/** The conditions, and the facts behind them where they could be established. */
export interface Findings {
  /** `now`: when the last question was asked. */
  readonly terms: ask.Terms;
  readonly conditions: readonly Condition[];
  readonly order: Order | undefined;
  readonly verdict: Verdict | undefined;
  readonly signed: Signed | undefined;
  readonly tree: GitOid | undefined;
  /** Where the branch was; the refs are made only while it still is there. */
  readonly tip: GitOid | undefined;
  /** Evidence of the policy's gate; asked for only when everything else is true. */
  readonly facts: Facts | undefined;
}

interface Ledger {
  readonly conditions: Condition[];
  readonly add: <T>(id: string, result: Result<T> | undefined) => T | undefined;
}

/**
 * Collects conditions; a question whose facts are missing is not asked, and stays unknown to the gate. Of a question that
 * is asked again the later answer counts.
 */
function ledger(known: readonly Condition[] = []): Ledger {
  const conditions = [...known];
  return {
    conditions,
    add: (id, result) => {
      if (result === undefined) return undefined;
      const before = conditions.findIndex((condition) => condition.id === id);
      conditions.splice(before < 0 ? conditions.length : before, 1, holds(id, result));
      return result.ok ? result.value : undefined;
    },
  };
}

/** What is accepted at the moment of the call. */
type ReadTerms = () => Promise<ask.Terms>;

/** Ask every question but the last, the person's word. Refusals become conditions; what breaks (git, disk) throws. */
export async function establish(readTerms: ReadTerms, tools: Tools): Promise<Findings> {
  const terms = await readTerms();
  const stored = await readOnce(terms.id, tools);
  const book = ledger();
  book.add("incident", ask.unfrozen(tools.exchange.incidents.open()));
  book.add("unused", await isUnused(tools, terms.id));
  const order = book.add("order", ask.orderOf(stored.order, terms.id));
  book.add("open", ask.isOpen(stored.closure, terms.id));
  const envelope = book.add("verdict", ask.verdictBytes(stored.verdict, terms.id));
  const verified = book.add("signature", envelope && verifyAttestation(envelope, terms.keys));
  const verdict = book.add("statement", verified && parseVerdict(verified.payload));
  const signed =
    envelope && verified && stored.order.kind === "found"
      ? signedFacts(envelope, verified, { order: stored.order.bytes, receipt: stored.receipt }, terms)
      : undefined;
  const found = { terms, conditions: book.conditions, order, verdict };
  if (order === undefined || verdict === undefined || signed === undefined)
    return { ...found, signed: undefined, tree: undefined, tip: undefined, facts: undefined };
  examine(book, verdict, order, terms);
  const patch = book.add("patch", ask.attestedPatch(verdict, order, signed.order));
  book.add("sealed", sealedBy(signed.receipt, sealable(verdict, signed, terms), terms.seal));
  const rebuilt = await rebuild(book, tools, terms, verdict, patch);
  const facts = rebuilt && (await askPolicy(book, terms, order, verdict, rebuilt));
  return lookAgain({ ...found, signed, tree: rebuilt?.tree, tip: rebuilt?.tip, facts }, readTerms, tools);
}

/**
 * Evidence can take its time, and git too while it writes, and what ends a patch meanwhile must count: configuration and
 * keys, branch, withdrawal and, at the very end, the clock are looked at behind it. The branch must be where the evidence
 * found it, or base_is_tip would be an old answer; the evidence stays, and is judged by the clock of this look.
 */
export async function lookAgain(
  found: Findings,
  readTerms: ReadTerms,
  { exchange, git, repository }: Tools,
): Promise<Findings> {
  const { order, verdict, signed, facts, conditions } = found;
  if (order === undefined || verdict === undefined || signed === undefined || facts === undefined)
    return found;
  const book = ledger(conditions);
  const terms = await readTerms();
  const { id, targetRef, keys, setup } = terms;
  book.add("signature", verifyAttestation(signed.envelope, keys));
  book.add("sealed", sealedBy(signed.receipt, sealable(verdict, signed, terms), terms.seal));
  const tip = await resolveRef(git, repository, targetRef);
  const stayed = tip !== undefined && tip === found.tip;
  book.add("current", stayed ? accept(tip) : { ok: false, refusal: ask.movedMeanwhile(targetRef) });
  book.add("open", ask.isOpen(await exchange.orders.closure(id), id));
  // Nothing is waited for behind this look: with the lock of landings held, an incident comes before it or after the refs.
  book.add("incident", ask.unfrozen(exchange.incidents.open()));
  const last = { ...terms, now: terms.clock() };
  examine(book, verdict, order, last);
  const trust = trustOf(setup, facts.trust.subject, last.now);
  return { ...found, terms: last, conditions: book.conditions, facts: { ...facts, trust } };
}

/** Last, and only when all else is true: what is refused anyhow must not make anybody connect anywhere. */
async function askPolicy(
  book: Ledger,
  terms: ask.Terms,
  order: Order,
  verdict: Verdict,
  rebuilt: policy.Rebuilt,
): Promise<Facts | undefined> {
  const files = book.add("dispatch", policy.dispatched(order, rebuilt.changes, terms.setup));
  if (files === undefined || !allTrue(book)) return undefined;
  book.add("namespace", await policy.vouchedFor(terms));
  return allTrue(book) ? policy.freshFacts(terms, order, verdict, rebuilt, files) : undefined;
}

function allTrue({ conditions }: Ledger): boolean {
  return conditions.every(({ state }) => state === "true");
}

/** What the words of verdict and order must say, under these terms and at their time. */
function examine(book: Ledger, verdict: Verdict, order: Order, terms: ask.Terms): void {
  book.add("subject", ask.speaksAbout(verdict, terms));
  book.add("outcome", ask.mayLand(verdict));
  book.add("policy", ask.underPolicy(verdict, terms.policy));
  book.add("fresh", ask.isFresh(verdict, order, terms));
  book.add("decision", policy.decidedByOurs(verdict, terms.setup, terms.now));
}

interface Rebuilt extends policy.Rebuilt {
  readonly tip: GitOid | undefined;
}

/** What git makes of the patch must be what was attested, harmless, and nobody else's business meanwhile. */
async function rebuild(
  book: Ledger,
  tools: Tools,
  terms: ask.Terms,
  verdict: Verdict,
  patch: Uint8Array | undefined,
): Promise<Rebuilt | undefined> {
  const attested = book.add("tree", ask.attestedTree(verdict));
  const base = book.add("base", await baseTree(tools, verdict));
  if (attested === undefined || base === undefined || patch === undefined) return undefined;
  const tree = book.add("result", await rebuilt(tools, base, patch, attested));
  if (tree === undefined) return undefined;
  const changes = await diffTree(tools.own, base, tree);
  book.add("targets", ask.harmlessTargets(changes, terms.protect));
  const tip = book.add("current", await notMoved(tools, terms, verdict, base, changes));
  return { tree, changes, tip, isTip: tip === verdict.predicate.base.digest.gitCommit };
}

function sealable({ subject }: Verdict, { statement, keyid }: Signed, { id }: ask.Terms): Sealable {
  return { id, statement, keyid, patch: subject[0].digest.sha256 };
}

function signedFacts(
  envelope: Uint8Array,
  verified: Verified,
  read: Pick<Signed, "order" | "receipt">,
  terms: ask.Terms,
): Signed | undefined {
  const key = terms.keys.find(({ keyid }) => keyid === verified.keyid);
  if (key === undefined) return undefined;
  const { keyid, publicKey } = key;
  return { envelope, ...read, statement: sha256(verified.payload), keyid, publicKey };
}

async function isUnused({ git, repository }: Tools, id: PatchId): Promise<Result<true>> {
  const landed = await resolveRef(git, repository, landedRef(id));
  if (landed === undefined) return accept(true);
  // Merged and deleted, or git was killed behind the landed ref.
  const branch = await resolveRef(git, repository, landingBranch(id));
  const left = branch === undefined ? `; its branch is not there, and made again by: ${makeBranch(id)}` : "";
  return refuse("already_landed", `the patch has landed before${left}`, landedRef(id));
}

/** The base's tree, which must be the attested one. */
async function baseTree({ own }: Tools, { predicate }: Verdict): Promise<Result<GitOid>> {
  const { gitCommit, gitTree } = predicate.base.digest;
  let tree: GitOid;
  try {
    tree = await commitTree(own, gitCommit);
  } catch {
    return refuse("base_moved", `the base ${gitCommit} is not in the repository any more`, "predicate.base");
  }
  return tree === gitTree
    ? accept(tree)
    : refuse("verdict_mismatch", "the base commit has another tree", "predicate.base");
}

/** The tree that the patch really makes, which must be the attested one: approved equals landed, byte for byte. */
async function rebuilt(
  { own }: Tools,
  base: GitOid,
  patch: Uint8Array,
  attested: GitOid,
): Promise<Result<GitOid>> {
  const tree = await applyToTree(own, base, patch);
  if (!tree.ok || tree.value === attested) return tree;
  return refuse(
    "result_differs",
    `rebuilt ${tree.value.slice(0, 12)}, attested ${attested.slice(0, 12)}`,
    "subject",
  );
}

type Changes = Awaited<ReturnType<typeof diffTree>>;

/**
 * Where the branch is now. The commit stays on its base; what others did meanwhile must not lie in the same files. The base must still be in the
 * branch: one that was rewritten out of it (a leaked secret, say) would come back with the patch.
 */
async function notMoved(
  { git, repository, own }: Tools,
  terms: ask.Terms,
  { predicate }: Verdict,
  base: GitOid,
  mine: Changes,
): Promise<Result<GitOid>> {
  const now = await resolveRef(git, repository, terms.targetRef);
  if (now === undefined) return refuse("base_moved", "the branch is gone", terms.targetRef);
  const { gitCommit } = predicate.base.digest;
  if (now === gitCommit) return accept(now);
  if (!(await isAncestor(own, gitCommit, now)))
    return refuse("base_moved", "the base is not in the branch's history any more", terms.targetRef);
  const untouched = ask.untouched(mine, await diffTree(own, base, await commitTree(own, now)));
  return untouched.ok ? accept(now) : untouched;
}
