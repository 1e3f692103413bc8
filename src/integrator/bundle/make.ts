// Making a bundle: what is there is collected, its list brought into the log, and the file written when that is sealed.
import { unrevoked } from "../../core/attestation/key-life.ts";
import { type Checkpoint, openCheckpoint, originOf, shardOf } from "../../core/audit/checkpoint.ts";
import { type IncidentId, incidentIdSchema } from "../../core/audit/incident.ts";
import { parseNote, renderNote } from "../../core/audit/note.ts";
import { receiptCheckpoint } from "../../core/audit/receipt.ts";
import { parseProof, renderProof } from "../../core/audit/tlog-proof.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { instant } from "../../core/base/time.ts";
import { deploymentOf } from "../../core/config/deployment.ts";
import { roleKeys } from "../../io/file/keyring.ts";
import { auditKeysIfThere } from "../audit-keys.ts";
import { storedLog } from "../audit/stored-log.ts";
import { type VerifiedState, withVerified } from "../audit/verify-state.ts";
import { carryIfReachable } from "../carry.ts";
import type { Context } from "../context.ts";
import { awaitSealed } from "../settle.ts";
import type { World } from "../world.ts";
import { namedCheckpoints } from "./collect.ts";
import { type CollectedLog, collectLog, proofBetween } from "./collect-log.ts";
import { contextFiles } from "./context-files.ts";
import { type BundleAnswer, examineBundle } from "./examine.ts";
import { type Bundle, listDigest, listOf, type Members, renderBundle } from "./file.ts";

export interface Plan {
  readonly kind: "patch" | "incident";
  readonly patch: PatchId | null;
  readonly incident: IncidentId | null;
  /** `--config`, made absolute. */
  readonly config: string | undefined;
  /** Everything but the log's part. */
  readonly files: () => Promise<Members>;
}

export interface Made {
  readonly bytes: Uint8Array;
  readonly answer: BundleAnswer;
}

/**
 * Throws `state_unusable` when it cannot be sealed. A crash on the way leaves a record of a bundle in the log that nobody
 * has: it promises nothing, and the next attempt makes one of its own.
 */
export async function makeBundle(world: World, context: Context, plan: Plan): Promise<Made> {
  // What cannot be collected is said before anybody waits for a seal.
  await plan.files();
  // A month that ends between the two looks costs a second round; three in a row do not happen.
  for (let round = 1; round <= ROUNDS; round++) {
    const bytes = await tryBundle(world, context, plan);
    if (bytes === undefined) continue;
    return { bytes, answer: examineBundle(bytes, await ownTerms(world, context)) };
  }
  throw unsealed("the month of the log changed while the bundle was made");
}
const ROUNDS = 3;

async function tryBundle(world: World, context: Context, plan: Plan): Promise<Uint8Array | undefined> {
  const { exchange, setup, layout } = context;
  await carryIfReachable(world, context);
  await awaitAll(world, context, plan);
  const files = await plan.files();
  const log = await verified(world, context, plan, (state) =>
    collectLog(state, {
      patch: plan.patch,
      incident: plan.kind === "incident" ? plan.incident : null,
      named: namedCheckpoints(files, deploymentOf(setup.config)),
    }),
  );
  const members: Members = new Map([...files, ...contextFiles(layout, setup), ...log.files]);
  const journal_id = incidentIdSchema.parse(world.uuid());
  const about = {
    kind: plan.kind,
    deployment: deploymentOf(setup.config),
    patch_id: plan.patch,
    incident_id: plan.incident,
    journal_id,
    made: instant(world.now()),
    calls_left_out: log.leftOut,
  };
  const list = listOf(about, members);
  await exchange.journal.put({
    version: 1,
    journal_id,
    at: about.made,
    person: world.user,
    kind: "bundle.exported",
    patch_id: plan.patch,
    incident_id: plan.incident,
    sha256: listDigest(list),
  });
  await carryIfReachable(world, context);
  const seal = await awaitReceipt(world, context, plan, journal_id, log);
  return seal === undefined ? undefined : renderBundle({ list, members, seal });
}

/** The log as it stands now has to be under a checkpoint: what is in it about the patch then is, too. */
async function awaitAll(world: World, context: Context, { config }: Plan): Promise<void> {
  const { exchange, layout, setup } = context;
  const stored = storedLog(layout.database);
  let end: { readonly shard: string; readonly entries: number } | undefined;
  try {
    end = endOf(stored.rows);
  } finally {
    stored.close();
  }
  if (end === undefined) throw unsealed("the log cannot be read");
  const { shard, entries } = end;
  const origin = originOf(deploymentOf(setup.config), shard);
  const sealers = sealersOf(context);
  const isThere = async (): Promise<boolean> => {
    const read = await exchange.sealed.checkpoint(shard);
    const opened = read.kind === "found" ? openCheckpoint(read.bytes, origin, sealers) : undefined;
    return opened?.ok === true && opened.checkpoint.size >= entries;
  };
  await awaitSealed(world, context, { what: "the seal on the log", isThere }, config);
  if (!(await isThere())) throw unsealed("the log is not sealed");
}

function endOf(rows: ReturnType<typeof storedLog>["rows"]): { shard: string; entries: number } | undefined {
  const last = rows?.last();
  if (rows === undefined || last === undefined) return undefined;
  for (const { line } of rows.rows(last)) {
    const shard = /"shard":"(\d{4}-\d{2})"/.exec(line ?? "")?.[1];
    const span = shard === undefined ? undefined : rows.span(shard);
    if (shard !== undefined && span !== undefined) return { shard, entries: span.end - span.first };
  }
  return undefined;
}

/** Undefined when the seal is of another month than the members' newest checkpoint. */
async function awaitReceipt(
  world: World,
  context: Context,
  plan: Plan,
  id: IncidentId,
  { newest }: CollectedLog,
): Promise<Bundle["seal"] | undefined> {
  const { exchange } = context;
  const isThere = async (): Promise<boolean> => (await exchange.receipts.read(id)).kind === "found";
  await awaitSealed(world, context, { what: "the seal on the bundle", isThere }, plan.config);
  const read = await exchange.receipts.read(id);
  if (read.kind !== "found") throw unsealed("the bundle's list is not sealed");
  const receipt = ownSignature(read.bytes, context);
  const checkpoint: Checkpoint | undefined = receipt === undefined ? undefined : receiptCheckpoint(receipt);
  if (receipt === undefined || checkpoint === undefined) throw unsealed("the receipt proves nothing");
  if (checkpoint.origin !== newest.origin) return undefined;
  const shard = shardOf(newest.origin, deploymentOf(context.setup.config)) ?? "";
  const [from, to] = [newest.size, checkpoint.size];
  const proof = await verified(world, context, plan, (state) => proofBetween(state, shard, from, to));
  return { receipt, consistency: { shard, from, to, proof: [...proof] } };
}

/** With the one signature of the sealer that verifies: every byte of the file has to be somebody's. */
function ownSignature(receipt: Uint8Array, context: Context): Uint8Array | undefined {
  const proof = parseProof(receipt);
  const note = proof === undefined ? undefined : parseNote(proof.checkpoint);
  const origin = receiptCheckpoint(receipt)?.origin ?? "";
  if (proof === undefined || note === undefined) return undefined;
  const alone = note.signatures.map((one) => renderNote({ text: note.text, signatures: [one] }));
  const checkpoint = alone.find((one) => openCheckpoint(one, origin, sealersOf(context)).ok);
  return checkpoint === undefined ? undefined : renderProof({ ...proof, checkpoint });
}

/** Nothing of a log that does not hold is handed on as if it did. */
async function verified<T>(
  world: World,
  { layout }: Context,
  { config }: Plan,
  use: (state: VerifiedState) => T,
): Promise<T> {
  return withVerified(world, { state: layout.root, config }, (state) => {
    if (state.report.verdict === "holds") return use(state);
    throw new CountersignError("state_unusable", `the log does not hold: ${state.report.message}`, {
      fix: "Look at it: countersign audit verify. countersign audit export hands it on as it is.",
    });
  });
}

function sealersOf({ layout }: Context): readonly Uint8Array[] {
  return unrevoked(roleKeys(layout.trust, "sealer")).map(({ publicKey }) => publicKey);
}

async function ownTerms(
  world: World,
  { layout, setup, keys }: Context,
): Promise<Parameters<typeof examineBundle>[1]> {
  const { keys: auditKeys } = await auditKeysIfThere(world, setup.config);
  return {
    attesters: keys,
    sealers: roleKeys(layout.trust, "sealer"),
    keys: auditKeys,
    origin: deploymentOf(setup.config),
  };
}

function unsealed(why: string): CountersignError {
  return new CountersignError("state_unusable", why, {
    fix: "Let the validator run (countersign up, or countersign doctor tells what is wrong), and try again.",
  });
}
