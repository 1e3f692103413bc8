// Everything that says how long the log was and what stood in it: checkpoints beside it, and copies out of its writer's reach.
import {
  type Checkpoint,
  claimedCheckpoint,
  openCheckpoint,
  rootFrom,
  shardOf,
} from "../../core/audit/checkpoint.ts";
import { parseProof } from "../../core/audit/tlog-proof.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { keyId } from "../../core/attestation/key.ts";
import { parseVerdict } from "../../core/attestation/statement.ts";
import { parseEnvelope } from "../../core/attestation/envelope.ts";
import { verifyAttestation } from "../../core/attestation/verify.ts";
import { printable } from "../../core/base/refusal.ts";
import type { FoundBytes, IntegratorExchange } from "../../io/exchange/exchange.ts";

/**
 * `sealed`: beside the log, where whoever replaces the log may replace it too. `verdict` and `receipt`: in the exchange.
 * `landed`: in the repository and its clones. `remembered`: what this person's commands saw. `given`: by --checkpoint.
 */
export type AnchorSource = "sealed" | "receipt" | "verdict" | "landed" | "remembered" | "given";

export type Genuine =
  | { readonly ok: true; readonly keyid: string }
  /** `revoked`: its signature is good, of a key that was given up. It says nothing, and is no forgery. */
  | { readonly ok: false; readonly why: string; readonly revoked?: true };

export interface Anchor {
  readonly source: AnchorSource;
  /** What a person would look at. */
  readonly name: string;
  readonly shard: string;
  readonly checkpoint: Checkpoint;
  /** The signed note, where it is one; a verdict holds the three facts only. */
  readonly note: Uint8Array | undefined;
  /** Whether a pinned key signed it. Asked only where the answer matters: there may be thousands, and each takes a millisecond. */
  readonly genuine: () => Genuine;
}

/** A copy that is no checkpoint of this log, or that nobody we trust signed. */
export interface Stray {
  readonly source: AnchorSource;
  readonly name: string;
  readonly shard: string | null;
  readonly why: string;
}

export interface Terms {
  readonly deployment: string;
  /** Unrevoked. */
  readonly sealers: readonly TrustedKey[];
  /** Sealer keys that were given up: to be named, and never believed. */
  readonly givenUp?: readonly TrustedKey[];
  readonly attesters: readonly TrustedKey[];
}

export interface Anchors {
  readonly anchors: readonly Anchor[];
  readonly strays: readonly Stray[];
}

export function noteAnchor(
  source: AnchorSource,
  name: string,
  bytes: Uint8Array,
  terms: Terms,
): Anchor | Stray {
  const { deployment } = terms;
  const checkpoint = claimedCheckpoint(bytes);
  if (checkpoint === undefined) return { source, name, shard: null, why: "it is no checkpoint" };
  const shard = shardOf(checkpoint.origin, deployment);
  if (shard === undefined)
    return { source, name, shard: null, why: printable(`it is about ${checkpoint.origin}, another log`) };
  const genuine = once(() => signedBySealer(bytes, checkpoint.origin, terms));
  return { source, name, shard, checkpoint, note: bytes, genuine };
}

function signedBySealer(bytes: Uint8Array, origin: string, { sealers, givenUp = [] }: Terms): Genuine {
  const openedBy = (keys: readonly TrustedKey[]) =>
    openCheckpoint(
      bytes,
      origin,
      keys.map(({ publicKey }) => publicKey),
    );
  const opened = openedBy(sealers);
  if (opened.ok) return { ok: true, keyid: keyId(opened.signer.publicKey) };
  const old = openedBy(givenUp);
  if (!old.ok) return opened;
  const keyid = keyId(old.signer.publicKey);
  const since = givenUp.find((key) => key.keyid === keyid)?.life?.revoked ?? "";
  return { ok: false, why: `its key ${keyid} was revoked at ${since}`, revoked: true };
}

/** The three facts in a verdict, which the attestation key signed. Undefined where it holds none of this log. */
export function verdictAnchor(
  source: "verdict" | "landed",
  name: string,
  envelope: Uint8Array,
  { deployment, attesters }: Terms,
): Anchor | undefined {
  const payload = parseEnvelope(envelope)?.payload;
  const verdict = payload === undefined ? undefined : parseVerdict(payload);
  const said = verdict?.ok === true ? verdict.value.predicate.auditCheckpoint : undefined;
  const root = said === undefined ? undefined : rootFrom(said.rootHash);
  const shard = said === undefined ? undefined : shardOf(said.origin, deployment);
  if (said === undefined || root === undefined || shard === undefined) return undefined;
  const genuine = once((): Genuine => {
    // What a key says about a time outside of its life is nothing.
    const verified = verifyAttestation(envelope, attesters);
    return verified.ok
      ? { ok: true, keyid: verified.value.keyid }
      : { ok: false, why: verified.refusal.message };
  });
  return { source, name, shard, checkpoint: { ...said, root }, note: undefined, genuine };
}

export function isAnchor(one: Anchor | Stray): one is Anchor {
  return "checkpoint" in one;
}

type Places = Pick<IntegratorExchange, "sealed" | "receipts" | "verdicts">;

/** Of the exchange: heads/sealed, receipts and verdicts. */
export async function exchangeAnchors(places: Places, terms: Terms): Promise<Anchors> {
  const found = [
    ...(await besideLog(places.sealed, terms)),
    ...(await receiptAnchors(places.receipts, terms)),
    ...(await verdictAnchors(places.verdicts, terms)),
  ];
  return sorted(found);
}

/** Of heads/sealed alone. */
export async function sealedAnchors(sealed: Places["sealed"], terms: Terms): Promise<Anchors> {
  return sorted(await besideLog(sealed, terms));
}

function sorted(found: readonly Either[]): Anchors {
  return { anchors: found.filter(isAnchor), strays: found.filter((one): one is Stray => !isAnchor(one)) };
}

type Either = Anchor | Stray;

async function besideLog(sealed: Places["sealed"], terms: Terms): Promise<readonly Either[]> {
  const found: Either[] = [];
  for (const shard of await sealed.shards()) {
    const name = `heads/sealed/${shard}/checkpoint`;
    const read = await sealed.checkpoint(shard);
    const one = noteOf("sealed", name, read, (file) => file, terms);
    if (one === undefined) continue;
    if (!isAnchor(one)) found.push({ ...one, shard });
    else if (one.shard === shard) found.push(one);
    else found.push({ source: "sealed", name, shard, why: `it is about ${one.shard}` });
  }
  return found;
}

async function receiptAnchors(receipts: Places["receipts"], terms: Terms): Promise<readonly Either[]> {
  const found: (Either | undefined)[] = [];
  for (const id of await receipts.list()) {
    const read = await receipts.read(id as Parameters<typeof receipts.read>[0]);
    found.push(noteOf("receipt", `receipts/${id}`, read, (file) => parseProof(file)?.checkpoint, terms));
  }
  return found.filter((one) => one !== undefined);
}

async function verdictAnchors(verdicts: Places["verdicts"], terms: Terms): Promise<readonly Either[]> {
  const found: (Either | undefined)[] = [];
  for (const id of await verdicts.list()) {
    const read = await verdicts.read(id);
    if (read.kind === "found") found.push(verdictAnchor("verdict", `verdicts/${id}`, read.bytes, terms));
  }
  return found.filter((one) => one !== undefined);
}

function noteOf(
  source: AnchorSource,
  name: string,
  read: FoundBytes,
  noteIn: (file: Uint8Array) => Uint8Array | undefined,
  terms: Terms,
): Either | undefined {
  if (read.kind === "absent") return undefined;
  if (read.kind === "damaged") return { source, name, shard: null, why: `it ${read.why}` };
  const note = noteIn(read.bytes);
  return note === undefined
    ? { source, name, shard: null, why: "it holds no checkpoint" }
    : noteAnchor(source, name, note, terms);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
