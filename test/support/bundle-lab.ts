// Bundles without processes: a repository, a patch and an incident of it, a log of two months that tells of them, and its sealer.
import * as ed from "@noble/ed25519";
import { randomBytes, randomUUID } from "node:crypto";
import { preAuthEncoding, renderEnvelope } from "../../src/core/attestation/envelope.ts";
import { publicationStatement } from "../../src/core/attestation/statement.ts";
import { checkpointFacts, originOf, rootText } from "../../src/core/audit/checkpoint.ts";
import { type AuditNote, leafHash } from "../../src/core/audit/entry.ts";
import { type IncidentId, incidentIdSchema } from "../../src/core/audit/incident.ts";
import { type AuditKey, auditKey, NO_KEYS, sealLine } from "../../src/core/audit/sealed-line.ts";
import { consistencyProof } from "../../src/core/audit/tree.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import { canonical } from "../../src/core/base/canonical.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import type { PatchId, RefName } from "../../src/core/base/ids.ts";
import { refusal } from "../../src/core/base/refusal.ts";
import { instant } from "../../src/core/base/time.ts";
import { deploymentOf } from "../../src/core/config/deployment.ts";
import { openProofs, openRanges } from "../../src/integrator/audit/proofs.ts";
import { withVerified } from "../../src/integrator/audit/verify-state.ts";
import { incidentMembers, namedCheckpoints, patchMembers } from "../../src/integrator/bundle/collect.ts";
import { collectLog } from "../../src/integrator/bundle/collect-log.ts";
import { contextFiles } from "../../src/integrator/bundle/context-files.ts";
import { type BundleTerms } from "../../src/integrator/bundle/examine.ts";
import {
  type Bundle,
  listDigest,
  listOf,
  type MemberList,
  type Members,
} from "../../src/integrator/bundle/file.ts";
import { openContext } from "../../src/integrator/context.ts";
import { closedNote, landingNote, openedNote } from "../../src/io/exchange/carry.ts";
import { integratorExchange, validatorExchange, gatewayExchange } from "../../src/io/exchange/files/open.ts";
import { sealedWriter } from "../../src/io/exchange/files/heads.ts";
import {
  entryIn,
  type LabRow,
  rowOf,
  sealBeside,
  sealOf,
  shardsOf,
  soundLog,
  writeLog,
} from "./audit-lab.ts";
import { type Desk, openDesk, patchOf, propose, type ThrowAwayKey } from "./verdicts.ts";
import { testWorld } from "./world.ts";
import { join } from "node:path";

export interface BundleLab {
  readonly desk: Desk;
  readonly id: PatchId;
  readonly incident: IncidentId;
  readonly terms: BundleTerms;
  /** As the commands make them, sealed by the desk's sealer or by another key. */
  readonly patch: () => Promise<Bundle>;
  readonly incidents: () => Promise<Bundle>;
  /** The seal on other members: what somebody has who holds the sealer's key, and nobody else. */
  sealed(bundle: Bundle, members: Members, list?: Partial<MemberList>): Bundle;
  remove(): void;
}

export interface LabOptions {
  /** Nobody closed the incident. */
  readonly isOpen?: boolean;
  /** How often the agent asked about its patch. */
  readonly calls?: number;
  /** The agent withdrew its patch. */
  readonly isWithdrawn?: boolean;
  /** What the log was named when the verdict was given, if it was renamed since. */
  readonly formerly?: string;
}

const GATEWAY = { principal: "gateway" };
const AT = Date.UTC(2026, 10, 22);

/** `text` makes another log of the same deployment; with `key` (hexadecimal) what is said in it is encrypted. */
export async function bundleLab(text = "", key?: string, more: LabOptions = {}): Promise<BundleLab> {
  const { isOpen = false, calls = 0, isWithdrawn = false } = more;
  const toml = `[audit]\nseal_wait_seconds = 1\n${key === undefined ? "" : `encryption_key = "env:LOG_KEY"\n`}`;
  const desk = openDesk(undefined, toml);
  const secret = key === undefined ? undefined : auditKey(key);
  const deployment = deploymentOf(desk.setup.config);
  const exchange = await integratorExchange(desk.places.exchange);
  let rows = soundLog(
    [
      ["2026-10", 21],
      ["2026-11", 12],
    ],
    text,
  );
  const append = (...notes: readonly AuditNote[]): void => {
    for (const note of notes) {
      const last = rows.at(-1)!;
      const { shard, seq } = entryIn(last);
      const row = rowOf(rows.length, { shard, seq: seq + 1, prev: last.leaf, ...note });
      rows = [...rows, secret === undefined ? row : encrypted(row, secret)];
    }
  };
  const noise = (n: number): AuditNote[] =>
    Array.from({ length: n }, (_, k) => ({
      event: "call.allowed",
      actor: { principal: "agent" },
      data: { n: k },
    }));

  const id = randomUUID() as PatchId;
  const made = patchOf(desk.repo, { "src/a.txt": "one\nTWO\nthree\n" });
  const base = sha256("a manifest");
  // The verdict names a checkpoint of the month before: the bundle has to lead over the border.
  const before = shardsOf(rows)[0]!;
  const then = originOf(more.formerly ?? deployment, "2026-10");
  const checkpoint = { origin: then, size: 9, root: rootOf(before.rows, 9) };
  const proposed = await propose(desk, {
    id,
    sealed: false,
    order: { base, patch: made.patch },
    predicate: { auditCheckpoint: checkpointFacts(checkpoint) },
  });
  const { order, envelope } = proposed;
  const payload = (JSON.parse(Buffer.from(envelope).toString()) as { payload: string }).payload;
  const statement = sha256(Buffer.from(payload, "base64"));
  const publication = publicationStatement(base, {
    repository: "desk",
    ref: "refs/heads/main" as RefName,
    commit: made.commit,
    tree: made.baseTree,
    policy: desk.policy,
    created: instant(desk.now - 5000),
  });
  const published = (await validatorExchange(desk.places.exchange)).published;
  await published.putManifest(base, utf8("a manifest"), envelopeBy(desk.key, publication));

  const about = { patch_id: id, patch_sha256: order.patch_sha256, arguments_sha256: order.arguments_sha256 };
  append({ event: "proposal.accepted", actor: GATEWAY, data: about });
  append({
    event: "verdict.received",
    actor: GATEWAY,
    data: { ...about, statement_sha256: statement, keyid: desk.key.keyid, outcome: "APPROVED" },
  });
  const receiptAt = rows.length - 1;
  const gateway = await gatewayExchange(desk.places.exchange);
  if (isWithdrawn) {
    append({ event: "proposal.closed", actor: GATEWAY, data: { patch_id: id, state: "withdrawn" } });
    await gateway.orders.close({ version: 1, patch_id: id, state: "withdrawn", at: instant(AT) });
  }
  append(...noise(5));
  const landing = {
    version: 1,
    attempt: randomUUID(),
    patch_id: id,
    at: instant(AT),
    person: "tester",
    confirmed: false,
    dry_run: false,
    patch_sha256: order.patch_sha256,
    statement_sha256: statement,
    result: { kind: "refused", refusal: refusal("base_moved", "the branch moved", "src/a.txt") },
  } as const;
  await exchange.landings.put(landing);
  const incident = incidentIdSchema.parse(randomUUID());
  const opened = {
    version: 1,
    incident_id: incident,
    opened: instant(AT),
    person: "tester",
    reason: "it looks odd",
    freezes: "changes",
    patch_id: id,
  } as const;
  const closed = {
    version: 1,
    incident_id: incident,
    closed: instant(AT),
    person: "tester",
    reason: "it was fine",
  } as const;
  await exchange.incidents.put(opened);
  if (!isOpen) await exchange.incidents.close(closed);
  const asked: AuditNote = { event: "call.allowed", actor: { principal: "agent" }, data: { patch_id: id } };
  append(...Array.from({ length: calls }, () => asked));
  append(landingNote(landing), openedNote(opened), ...noise(30));
  append(...(isOpen ? [] : [closedNote(closed, opened)]), ...noise(3));

  const log = { rows: (from = 0): readonly LabRow[] => rows.slice(from) };
  const first = shardsOf(rows)[1]!.first;
  const proveUnder = (size: number, key: ThrowAwayKey): ReturnType<typeof openProofs> =>
    openProofs(log, first, { size, note: sealOf(deployment, shardsOf(rows)[1]!, size, key) });
  // The receipt is older than the bundle's checkpoint.
  const seq = entryIn(rows[receiptAt]!).seq;
  const receipt = proveUnder(seq + 3, desk.sealer)(seq, rows[receiptAt]!.line);
  await gateway.receipts.put(id, receipt);

  const sealer = sealedWriter(join(desk.places.exchange, "heads", "sealed"));
  for (const shard of shardsOf(rows))
    await sealBeside(sealer, deployment, shard, shard.rows.length, desk.sealer);
  writeLog(desk.places.database, rows);
  const env = key === undefined ? {} : { LOG_KEY: key };
  const world = testWorld({ cwd: desk.repo, now: desk.now, env });
  const context = await openContext(world, { state: desk.places.root });

  /** What the journal, the gateway and the sealer do. */
  const sealList = (list: MemberList, from: number): Bundle["seal"] => {
    const { journal_id, patch_id, incident_id } = list;
    const data = { journal_id, patch_id, incident_id, bundle_sha256: listDigest(list) };
    append(...noise(2), { event: "bundle.exported", actor: { principal: "person:tester" }, data });
    const line = rows.at(-1)!;
    const { seq: place } = entryIn(line);
    append(...noise(2));
    const to = place + 2;
    const proof = consistencyProof(openRanges(log, first), from, to).map(rootText);
    return {
      receipt: proveUnder(to, desk.sealer)(place, line.line),
      consistency: { shard: "2026-11", from, to, proof },
    };
  };
  const whole = async (kind: "patch" | "incident", files: Members): Promise<Bundle> => {
    const wanted = {
      patch: id,
      incident: kind === "incident" ? incident : null,
      named: namedCheckpoints(files, deployment),
    };
    const part = await withVerified(world, { state: desk.places.root }, (state) => {
      if (state.report.verdict !== "holds") throw new Error(state.report.message);
      return collectLog(state, wanted);
    });
    const members = new Map([...files, ...contextFiles(desk.places, desk.setup), ...part.files]);
    const list = listOf(
      {
        kind,
        deployment,
        patch_id: id,
        incident_id: wanted.incident,
        journal_id: incidentIdSchema.parse(randomUUID()),
        made: instant(desk.now),
        calls_left_out: part.leftOut,
      },
      members,
    );
    return { list, members, seal: sealList(list, part.newest.size) };
  };
  const records = async (): Promise<Members> => incidentMembers(await exchange.incidents.all());
  return {
    desk,
    id,
    incident,
    terms: {
      attesters: [{ keyid: desk.key.keyid, publicKey: desk.key.publicKey }],
      sealers: [{ keyid: desk.sealer.keyid, publicKey: desk.sealer.publicKey }],
      keys: secret === undefined ? NO_KEYS : { others: [secret] },
      origin: undefined,
    },
    patch: async () =>
      whole("patch", new Map([...(await patchMembers(world, context, id, ""))!, ...(await records())])),
    incidents: async () =>
      whole(
        "incident",
        new Map([...(await patchMembers(world, context, id, `patches/${id}/`))!, ...(await records())]),
      ),
    sealed(bundle, members, more = {}) {
      const { members: _rows, ...said } = bundle.list;
      const list = listOf({ ...said, ...more }, members);
      return { list, members, seal: sealList(list, bundle.seal.consistency.from) };
    },
    remove: () => desk.remove(),
  };
}

function rootOf(rows: readonly LabRow[], size: number) {
  return openRanges({ rows: (from = 0) => rows.slice(from) }, 0)(0, size);
}

function encrypted(row: LabRow, key: AuditKey): LabRow {
  const line = sealLine(entryIn(row), key, randomBytes(12));
  return { ...row, line, leaf: leafHash(line) };
}

function envelopeBy(key: ThrowAwayKey, payload: Uint8Array): Uint8Array {
  return renderEnvelope({
    payload,
    keyid: key.keyid,
    signature: ed.sign(preAuthEncoding(payload), key.secret),
  });
}

/** In the form in which it is exported, whatever it says. */
export function writtenBundle({ list, members, seal }: Bundle): Buffer {
  const coded = Object.fromEntries(
    [...members].map(([path, bytes]) => [path, Buffer.from(bytes).toString("base64")]),
  );
  const receipt = Buffer.from(seal.receipt).toString("base64");
  return Buffer.from(
    `${canonical({ format: "countersign-bundle/v1", list, members: coded, seal: { ...seal, receipt } })}\n`,
  );
}
