// Members about a patch or an incident as exchange and repository have them: bytes as they are, verified afterwards.
import { parseEnvelope } from "../../core/attestation/envelope.ts";
import { parseVerdict } from "../../core/attestation/statement.ts";
import { type Checkpoint, rootFrom } from "../../core/audit/checkpoint.ts";
import type { IncidentId } from "../../core/audit/incident.ts";
import { receiptCheckpoint } from "../../core/audit/receipt.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type GitOid, landedRef, type PatchId } from "../../core/base/ids.ts";
import { type Landing, landingSchema } from "../../core/proposal/landing.ts";
import { type Order, orderSchema } from "../../core/proposal/order.ts";
import { resolveRef } from "../../io/exec/git.ts";
import type { FoundBytes, StoredIncident } from "../../io/exchange/exchange.ts";
import type { Context } from "../context.ts";
import { type LandedFile, landedFile, landedRecord } from "../git/landed.ts";
import { patchFiles } from "./examine-patch.ts";
import { closureName, incidentName, landingName } from "./proven-records.ts";

type Files = Map<string, Uint8Array>;

/** Of the exchange, or of the landed ref where the exchange was cleared. Undefined when there is no order any more. */
export async function patchMembers(
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
  const files: Files = new Map();
  const add = (name: keyof typeof patchFiles, bytes: Uint8Array | undefined): void => {
    if (bytes !== undefined) files.set(`${prefix}${patchFiles[name]}`, bytes);
  };
  add("order", order);
  add("patch", utf8(said.patch));
  add("closure", closure.kind === "found" ? closure.bytes : undefined);
  add("verdict", found(await exchange.verdicts.read(id)) ?? (await landed("verdict")));
  add("publication", found(await exchange.published.manifestEnvelope(said.base)));
  // Of a landing, the one under which it landed: its commit names that checkpoint.
  add("receipt", (await landed("receipt")) ?? found(await exchange.receipts.read(id)));
  for (const landing of await landings(context, id, ref))
    files.set(landingName(prefix, landing.attempt), utf8(canonical(landing)));
  return files;
}

function found(read: FoundBytes): Uint8Array | undefined {
  return read.kind === "found" ? read.bytes : undefined;
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
    if (read?.kind === "found") all.set(read.value.attempt, read.value);
  }
  const record = ref === undefined ? undefined : await landedRecord(git, open, id, ref);
  if (record !== undefined && !all.has(record.attempt)) all.set(record.attempt, landingSchema.parse(record));
  return [...all.values()];
}

/** Records of incidents, with how they ended. Damaged ones are nobody's word. */
export function incidentMembers(incidents: readonly StoredIncident[]): Files {
  const files: Files = new Map();
  for (const { incident_id: id, incident, closure } of incidents) {
    if (incident.kind !== "found") continue;
    files.set(incidentName(id), incident.bytes);
    if (closure.kind === "found") files.set(closureName(id), closure.bytes);
  }
  return files;
}

/** Checkpoints that verdicts and receipts among the members name: the bundle has to show that they are of one history. */
export function namedCheckpoints(files: ReadonlyMap<string, Uint8Array>): readonly Checkpoint[] {
  return [...files].flatMap(([path, bytes]) => {
    if (path.endsWith(patchFiles.receipt)) return receiptCheckpoint(bytes) ?? [];
    return path.endsWith(patchFiles.verdict) ? (verdictCheckpoint(bytes) ?? []) : [];
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
