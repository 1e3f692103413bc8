// The exchange: the only thing that passes between gateway, validator and integrator. Every place has one writer.
import type { HeadRequest, Heartbeat } from "../../core/audit/heads.ts";
import type { Incident, IncidentClosure, IncidentId, JournalRecord } from "../../core/audit/incident.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { PatchId } from "../../core/base/ids.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import type { Closure, Order } from "../../core/proposal/order.ts";

/**
 * What was found at a place. `damaged` is hostile or torn content: readers refuse it, name it and go on; it is never
 * an exception, because one bad file must not stop the others.
 */
export type Found<T> =
  | { readonly kind: "found"; readonly value: T; readonly bytes: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "damaged"; readonly why: string; readonly bytes: Uint8Array };

/** Raw bytes that only a signature or a digest makes trustworthy. */
export type FoundBytes =
  | { readonly kind: "found"; readonly bytes: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "damaged"; readonly why: string };

/** How far a publication is, in files. A hint for those who wait: nobody signs it. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** `published/`: the validator writes, gateway and integrator read. */
export interface PublishedReader {
  /** Digest of the newest manifest, or undefined before the first publication (or when the pointer is damaged). */
  current(): Promise<Digest | undefined>;
  /** Manifest bytes whose SHA-256 is `digest`; `damaged` when they are not. */
  manifest(digest: Digest): Promise<FoundBytes>;
  /** The DSSE envelope of the manifest's publication statement. */
  manifestEnvelope(digest: Digest): Promise<FoundBytes>;
  /** Blob bytes, re-hashed: `damaged` when they do not match the digest. */
  blob(digest: Digest): Promise<FoundBytes>;
  /** Of the publication that runs; undefined when none does, as far as anybody said. */
  progress(): Promise<Progress | undefined>;
}
export interface PublishedWriter extends PublishedReader {
  hasBlob(digest: Digest): Promise<boolean>;
  putBlob(digest: Digest, bytes: Uint8Array): Promise<void>;
  /** Makes all blobs put so far durable; called once before the manifest that names them. */
  settleBlobs(): Promise<void>;
  putManifest(digest: Digest, bytes: Uint8Array, envelope: Uint8Array): Promise<void>;
  /** Also ends the progress that was told. */
  setCurrent(digest: Digest): Promise<void>;
  setProgress(progress: Progress): Promise<void>;
}

/** `orders/`: the gateway writes, validator and integrator read. */
export interface OrderReader {
  /** Ids of all orders, unordered. Names that are not patch ids are ignored. */
  list(): Promise<readonly PatchId[]>;
  read(id: PatchId): Promise<Found<Order>>;
  closure(id: PatchId): Promise<Found<Closure>>;
}
export interface OrderWriter extends OrderReader {
  /** Idempotent: writing the same order again changes nothing. */
  put(order: Order): Promise<void>;
  close(closure: Closure): Promise<void>;
  /** Moves the order, as it is, to where only its writer reads: nobody is handed the secret in it any more. */
  quarantine(id: PatchId): Promise<void>;
  /** Takes order and closure out of the folder once nobody needs them. */
  remove(id: PatchId): Promise<void>;
}

/** `verdicts/`: the validator writes, gateway and integrator read. */
export interface VerdictReader {
  list(): Promise<readonly PatchId[]>;
  /** Envelope bytes; their signature is the reader's business. */
  read(id: PatchId): Promise<FoundBytes>;
}
export interface VerdictWriter extends VerdictReader {
  /** Create-only: false when a verdict for this patch exists already, which then stands. */
  putOnce(id: PatchId, envelope: Uint8Array): Promise<boolean>;
}

/** `landings/`: the integrator writes, the gateway's intake reads. */
export interface LandingReader {
  /** Names of all attempts, oldest first as far as the adapter can tell. */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<Found<Landing>>;
}
export interface LandingWriter extends LandingReader {
  put(landing: Landing): Promise<void>;
}

/** `heads/requests/`: gateways write, the sealer reads. One file for each shard that is not sealed to its end. */
export interface HeadRequestReader {
  /** Shards with a request, oldest first. */
  list(): Promise<readonly string[]>;
  read(shard: string): Promise<Found<HeadRequest>>;
}
export interface HeadRequestWriter extends HeadRequestReader {
  /** Replaces what was there. */
  put(request: HeadRequest): Promise<void>;
  remove(shard: string): Promise<void>;
}

/**
 * `heads/sealed/`: the sealer writes, everybody reads. Of each shard the newest checkpoint and the level-0 tiles (C2SP
 * tlog-tiles) below it. Tiles are no secret and no authority: their root must be that of a checkpoint.
 */
export interface SealedReader {
  /** Shards with a checkpoint, oldest first. */
  shards(): Promise<readonly string[]>;
  /** The newest signed note of a shard. */
  checkpoint(shard: string): Promise<FoundBytes>;
  /** Leaf hashes 256 × `index` and on, 32 bytes each, at least `width` of them (at most 256); `damaged` when there are fewer. */
  tile(shard: string, index: number, width: number): Promise<FoundBytes>;
  heartbeat(): Promise<Found<Heartbeat>>;
}
export interface SealedWriter extends SealedReader {
  /** Durable when it resolves; before the checkpoint that covers it. 32 × 1…256 bytes. */
  putTile(shard: string, index: number, hashes: Uint8Array): Promise<void>;
  putCheckpoint(shard: string, note: Uint8Array): Promise<void>;
  /** Not durable: only a living process has use for it. */
  beat(heartbeat: Heartbeat): Promise<void>;
}

/**
 * `receipts/`: gateways write, the integrator reads. A tlog-proof that the sealed log holds the entry of a verdict (by
 * patch id), of an incident, or of a journal record (by its own id).
 */
export interface ReceiptReader {
  list(): Promise<readonly string[]>;
  read(id: PatchId | IncidentId): Promise<FoundBytes>;
}
export interface ReceiptWriter extends ReceiptReader {
  put(id: PatchId | IncidentId, proof: Uint8Array): Promise<void>;
  remove(id: PatchId | IncidentId): Promise<void>;
}

export interface StoredIncident {
  readonly incident_id: IncidentId;
  readonly incident: Found<Incident>;
  readonly closure: Found<IncidentClosure>;
}

/** `incidents/`: the integrator writes, everybody reads, each time anew. */
export interface IncidentReader {
  /**
   * Incidents that are open now, oldest first. What cannot be read, a file or the folder, counts as an open one that
   * freezes everything: whoever could damage it must not be able to thaw. It answers at once, so that nothing comes between
   * the look and what is decided by it.
   */
  open(): readonly Incident[];
  /** All, oldest first, with how they ended. Throws `storage` when the folder cannot be listed. */
  all(): Promise<readonly StoredIncident[]>;
}
export interface IncidentWriter extends IncidentReader {
  put(incident: Incident): Promise<void>;
  /** Create-only: false when it is closed already. */
  close(closure: IncidentClosure): Promise<boolean>;
}

/** `journal/`: the integrator writes, the gateway's intake carries it into the log. */
export interface JournalReader {
  list(): Promise<readonly IncidentId[]>;
  read(id: IncidentId): Promise<Found<JournalRecord>>;
}
export interface JournalWriter extends JournalReader {
  put(record: JournalRecord): Promise<void>;
}

/** Calls `changed` soon after something changed in one of the places; may also call it for nothing. */
export type Watch = (changed: () => void) => { close(): void };

export interface GatewayExchange {
  readonly published: PublishedReader;
  readonly orders: OrderWriter;
  readonly verdicts: VerdictReader;
  readonly landings: LandingReader;
  readonly headRequests: HeadRequestWriter;
  readonly sealed: SealedReader;
  readonly receipts: ReceiptWriter;
  readonly incidents: IncidentReader;
  readonly journal: JournalReader;
  /** published, verdicts, landings, heads/sealed, incidents, journal */
  readonly watch: Watch;
}
export interface ValidatorExchange {
  readonly published: PublishedWriter;
  readonly orders: OrderReader;
  readonly verdicts: VerdictWriter;
  readonly headRequests: HeadRequestReader;
  readonly sealed: SealedWriter;
  /** orders */
  readonly watch: Watch;
  /** heads/requests: apart, because the log grows with every call, and judging looks at the repository first */
  readonly watchRequests: Watch;
}
export interface IntegratorExchange {
  readonly published: PublishedReader;
  readonly orders: OrderReader;
  readonly verdicts: VerdictReader;
  readonly landings: LandingWriter;
  readonly sealed: SealedReader;
  readonly receipts: ReceiptReader;
  readonly incidents: IncidentWriter;
  readonly journal: JournalWriter;
}
