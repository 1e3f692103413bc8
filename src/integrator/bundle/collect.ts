// Members about a patch or an incident as exchange and repository have them: bytes as they are, verified afterwards.
import { parseEnvelope } from "../../core/attestation/envelope.ts";
import { unrevoked } from "../../core/attestation/key-life.ts";
import { parseVerdict } from "../../core/attestation/statement.ts";
import { verifyAttestation } from "../../core/attestation/verify.ts";
import { type Checkpoint, rootFrom } from "../../core/audit/checkpoint.ts";
import type { IncidentId } from "../../core/audit/incident.ts";
import { readReceiptLine, receiptCheckpoint, type ReceiptTerms } from "../../core/audit/receipt.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type GitOid, landedRef, type PatchId } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import { deploymentOf } from "../../core/config/deployment.ts";
import { type Landing, landingSchema } from "../../core/proposal/landing.ts";
import { type Order, orderSchema } from "../../core/proposal/order.ts";
import { resolveRef } from "../../io/exec/git.ts";
import type { FoundBytes, StoredIncident } from "../../io/exchange/exchange.ts";
import { roleKeys } from "../../io/file/keyring.ts";
import { auditKeysIfThere } from "../audit-keys.ts";
import type { Context } from "../context.ts";
import { type LandedFile, landedFile, landedRecord } from "../git/landed.ts";
import { sealedBy } from "../git/sealed.ts";
import type { World } from "../world.ts";
import { patchFiles } from "./examine-patch.ts";
import { asNamed, openGiven } from "./given.ts";
import { closureName, incidentName, landingName } from "./proven-records.ts";

type Files = Map<string, Uint8Array>;

/**
 * Of the exchange, or of the landed ref where the exchange was cleared. Undefined when there is no order any more. Throws
 * `state_unusable` over records that cannot be read: they may say what the others do not.
 */
export async function patchMembers(
  world: World,
  context: Context,
  id: PatchId,
  prefix: string,
): Promise<Files | undefined> {
  const { exchange, git, open } = context;
  const ref = await resolveRef(git, open, landedRef(id));
  const landed = async (file: LandedFile): Promise<Uint8Array | undefined> =>
    ref === undefined ? undefined : landedFile(git, open, ref, file);
  const stored = await exchange.orders.read(id);
  const order = stored.kind === "found" ? stored.bytes : await landed("order");
  const said = order === undefined ? undefined : orderIn(order);
  if (order === undefined || said === undefined) return undefined;
  const closure = await exchange.orders.closure(id);
  if (closure.kind === "damaged") throw damaged(`orders/${id}.closed.json`, closure.why);
  const files: Files = new Map();
  const add = (name: keyof typeof patchFiles, bytes: Uint8Array | undefined): void => {
    if (bytes !== undefined) files.set(`${prefix}${patchFiles[name]}`, bytes);
  };
  add("order", order);
  add("patch", utf8(said.patch));
  add("closure", closure.kind === "found" ? closure.bytes : undefined);
  const envelope = found(await exchange.verdicts.read(id)) ?? (await landed("verdict"));
  add("verdict", envelope);
  const publication = found(await exchange.published.manifestEnvelope(said.base));
  // What no key of today vouches for, and the bundle can do without.
  if (publication !== undefined && verifyAttestation(publication, context.keys).ok)
    add("publication", publication);
  // Of a landing, the one under which it landed: its commit names that checkpoint.
  const receipts = [await landed("receipt"), found(await exchange.receipts.read(id))];
  const proves = await provedBy(world, context, said, envelope);
  add("receipt", receipts.find(proves));
  for (const landing of await landings(context, id, ref))
    files.set(landingName(prefix, landing.attempt), utf8(canonical(landing)));
  return files;
}

function found(read: FoundBytes): Uint8Array | undefined {
  return read.kind === "found" ? read.bytes : undefined;
}

/** Whether a sealer key that nobody revoked, under the log's name of today, signed for the entry of this verdict. */
async function provedBy(
  world: World,
  { layout, setup, keys }: Context,
  { patch_id: id, patch_sha256: patch }: Order,
  envelope: Uint8Array | undefined,
): Promise<(receipt: Uint8Array | undefined) => boolean> {
  const given = envelope === undefined ? undefined : openGiven(envelope, keys);
  if (given?.ok !== true) return () => false;
  const { statement, keyid } = given.value;
  const { keys: auditKeys } = await auditKeysIfThere(world, setup.config);
  const terms: ReceiptTerms = {
    deployment: deploymentOf(setup.config),
    // Also of keys that have ended: what they sealed is evidence, and lands nothing.
    sealers: unrevoked(roleKeys(layout.trust, "sealer")).map(({ publicKey }) => publicKey),
    read: (line) => readReceiptLine(line, auditKeys),
  };
  return (bytes) =>
    bytes !== undefined && sealedBy({ kind: "found", bytes }, { id, statement, patch, keyid }, terms).ok;
}

function orderIn(bytes: Uint8Array): Order | undefined {
  try {
    return orderSchema.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8"))).data;
  } catch {
    return undefined;
  }
}

async function landings(
  { exchange, git, open }: Context,
  id: PatchId,
  ref: GitOid | undefined,
): Promise<readonly Landing[]> {
  const all = new Map<string, Landing>();
  for (const name of await exchange.landings.list()) {
    const read = name.startsWith(`${id}.`) ? await exchange.landings.read(name) : undefined;
    if (read?.kind === "damaged") throw damaged(`landings/${name}.json`, read.why);
    if (read?.kind === "found") all.set(read.value.attempt, read.value);
  }
  const record = ref === undefined ? undefined : await landedRecord(git, open, id, ref);
  if (record !== undefined && !all.has(record.attempt)) all.set(record.attempt, landingSchema.parse(record));
  return [...all.values()];
}

/**
 * Records of incidents, with how they ended. Of one that cannot be read, and that nobody closed since, it is not known which
 * patch it names; where it was closed, the log's entries say whether it is missed.
 */
export function incidentMembers(incidents: readonly StoredIncident[]): Files {
  const files: Files = new Map();
  for (const { incident_id: id, incident, closure } of incidents) {
    if (closure.kind === "damaged") throw damaged(closureName(id), closure.why);
    if (incident.kind === "damaged" && closure.kind === "absent")
      throw damaged(incidentName(id), incident.why);
    if (incident.kind !== "found") continue;
    files.set(incidentName(id), incident.bytes);
    if (closure.kind === "found") files.set(closureName(id), closure.bytes);
  }
  return files;
}

/** Checkpoints that verdicts and receipts among the members name: the bundle has to show that they are of one history. */
export function namedCheckpoints(
  files: ReadonlyMap<string, Uint8Array>,
  deployment: string,
): readonly Checkpoint[] {
  return [...files].flatMap(([path, bytes]) => {
    if (path.endsWith(patchFiles.receipt)) return receiptCheckpoint(bytes) ?? [];
    const said = path.endsWith(patchFiles.verdict) ? verdictCheckpoint(bytes) : undefined;
    return said === undefined ? [] : { ...said, origin: asNamed(said.origin, deployment) };
  });
}

function verdictCheckpoint(envelope: Uint8Array): Checkpoint | undefined {
  const payload = parseEnvelope(envelope)?.payload;
  const verdict = payload === undefined ? undefined : parseVerdict(payload);
  const said = verdict?.ok === true ? verdict.value.predicate.auditCheckpoint : undefined;
  const root = said === undefined ? undefined : rootFrom(said.rootHash);
  return said === undefined || root === undefined ? undefined : { ...said, root };
}

export function missing(what: string, id: PatchId | IncidentId): CountersignError {
  return new CountersignError("usage", `there is no ${what} ${id} here`, {
    fix: "countersign list and countersign incident list show the ids.",
  });
}

function damaged(name: string, why: string): CountersignError {
  return new CountersignError("state_unusable", `${name} in the exchange cannot be read: ${printable(why)}`, {
    fix: "Find out who wrote it, and put it back from a backup. countersign audit export hands on what the log says.",
  });
}
