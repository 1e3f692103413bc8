// `countersign audit witness`: has somebody else vouch, with a time, for what the sealer sealed (C2SP tlog-witness).
import { join } from "node:path";
import { z } from "zod";
import { type Checkpoint, openCheckpoint, originOf } from "../../core/audit/checkpoint.ts";
import { unrevoked } from "../../core/attestation/key-life.ts";
import { COSIGNATURE, MAX_NOTE_BYTES, type NoteKey, parseVerifierKey } from "../../core/audit/note.ts";
import { sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { instant } from "../../core/base/time.ts";
import { deploymentOf } from "../../core/config/deployment.ts";
import type { Config } from "../../core/config/schema.ts";
import { sealedReader } from "../../io/exchange/files/heads.ts";
import type { SealedReader } from "../../io/exchange/exchange.ts";
import { loadSetup } from "../../io/file/config.ts";
import { makeFolder, replaceFile } from "../../io/file/durable.ts";
import { roleKeys } from "../../io/file/keyring.ts";
import type { Layout } from "../../io/file/layout.ts";
import { readBounded } from "../../io/file/read.ts";
import { openOutbound, type Outbound, OutboundError } from "../../io/http/outbound.ts";
import { isAnchor, noteAnchor } from "../audit/anchors.ts";
import { remember } from "../audit/remembered.ts";
import { configPath, findState } from "../context.ts";
import { askWitness, rememberedCheckpoint, type Witnessed } from "../witness/ask.ts";
import { sealedRanges } from "../witness/leaves.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, overridesOf, printJson, where, whereOptions } from "./command.ts";

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 65_536;
/** A witness's clock may be this much ahead of ours. */
const AHEAD_SECONDS = 300;

const schema = z.strictObject({
  ...where,
  ...json,
  url: z.string().min(1).max(2048).optional(),
  vkey: z.string().min(1).max(2048).optional(),
});

export const auditWitness = command({
  usage: "audit witness",
  about:
    "have a witness (C2SP tlog-witness) cosign the newest checkpoints, and keep them as anchors of audit verify",
  options: [
    ...whereOptions,
    { flags: "--url <prefix>", about: "the witness; /add-checkpoint is put behind it" },
    { flags: "--vkey <key>", about: "its verifier key, NAME+ID+KEY, for cosignatures" },
    jsonOption,
  ],
  schema,
  run: async (world, _args, options) => {
    const { url, vkey } = options;
    if (url === undefined || vkey === undefined)
      throw new CountersignError(
        "usage",
        "--url and --vkey are both needed: no witness is believed by its own word",
      );
    const key = witnessKey(vkey);
    const layout = await findState(world, options);
    const path = configPath(world, layout, options);
    const { config } = loadSetup(layout, world.root, path, overridesOf(world), world.now());
    const outbound = openOutbound({
      allowedHosts: config.outbound.allowed_hosts,
      withPorts: true,
      loopbackHttp: true,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    try {
      const target = `${url.replace(/\/+$/, "")}/add-checkpoint`;
      const said = await witnessAll({ world, layout, config, outbound, url: target, key });
      return tell(world, key, options.json === true, said);
    } finally {
      await outbound.close();
    }
  },
});

function witnessKey(vkey: string): NoteKey {
  const key = parseVerifierKey(vkey);
  if (key?.type === COSIGNATURE) return key;
  const why =
    key === undefined ? "is no verifier key" : "is a key for plain signatures, not for cosignatures (0x04)";
  throw new CountersignError("usage", `--vkey ${why}`, { fix: "Take it from whoever runs the witness." });
}

interface Around {
  readonly world: World;
  readonly layout: Layout;
  readonly config: Config;
  readonly outbound: Outbound;
  readonly url: string;
  readonly key: NoteKey;
}

/** `kept`: the witness vouched for this very tree before. */
type Said = { readonly shard: string; readonly size: number } & (Witnessed | { readonly kind: "kept" });

async function witnessAll(around: Around): Promise<readonly Said[]> {
  const { layout } = around;
  const sealed = sealedReader(join(layout.exchange, "heads", "sealed"));
  const said: Said[] = [];
  for (const shard of await sealed.shards()) said.push(await witnessShard(around, sealed, shard));
  if (said.length === 0)
    throw new CountersignError("state_unusable", "nothing is sealed yet", {
      fix: "Run countersign up, or validator --once, and ask again.",
    });
  return said;
}

async function witnessShard(around: Around, sealed: SealedReader, shard: string): Promise<Said> {
  const { world, layout, config, outbound, url, key } = around;
  const deployment = deploymentOf(config);
  const origin = originOf(deployment, shard);
  const all = roleKeys(layout.trust, "sealer");
  // A key that was given up seals nothing any more, whatever a witness says that was not told.
  const sealers = unrevoked(all);
  const keys = sealers.map(({ publicKey }) => publicKey);
  const file = join(layout.integrator, "witness", `${sha256(`${key.name}+${key.id}`).slice(0, 16)}-${shard}`);
  const read = await sealed.checkpoint(shard);
  const opened = read.kind === "found" ? openCheckpoint(read.bytes, origin, keys) : undefined;
  if (read.kind !== "found" || opened?.ok !== true)
    return {
      shard,
      size: 0,
      kind: "contradicted",
      code: "CKPT_ROOT",
      why: "its checkpoint is damaged or not the sealer's",
    };
  const { checkpoint } = opened;
  const { size } = checkpoint;
  const before = keptCheckpoint(file, origin, { keys, all: all.map(({ publicKey }) => publicKey) }, key);
  const contradiction = againstKept(checkpoint, before);
  if (contradiction !== undefined) return { shard, size, ...contradiction };
  if (before?.size === size) return { shard, size, kind: "kept" };
  const ranges = await sealedRanges(sealed, shard, checkpoint);
  if (ranges === undefined)
    return { shard, size, kind: "failed", why: "the sealer's tiles do not make its checkpoint" };
  const notAfter = Math.floor(world.now() / 1000) + AHEAD_SECONDS;
  const old = before?.size ?? 0;
  const answer = await asked({ outbound, url, key, checkpoint, note: read.bytes, ranges, old, notAfter });
  if (answer.kind === "cosigned") {
    await makeFolder(join(layout.integrator, "witness"));
    await replaceFile(file, answer.note);
    // Under the name that audit verify looks for, so that a log set back with all its seals is seen.
    const terms = { deployment, sealers, attesters: [] };
    const anchor = noteAnchor("sealed", url, answer.note, terms);
    if (isAnchor(anchor)) await remember(layout, [anchor], terms);
  }
  return { shard, size, ...answer };
}

/**
 * Throws `state_unusable` for a damaged one: to ask as if there had been none would hide that it was taken away. One of a key
 * that was given up since is none; the witness itself remembers.
 */
function keptCheckpoint(
  file: string,
  origin: string,
  { keys, all }: { readonly keys: readonly Uint8Array[]; readonly all: readonly Uint8Array[] },
  key: NoteKey,
): Checkpoint | undefined {
  const read = readBounded(file, MAX_NOTE_BYTES);
  const kept =
    read.kind === "damaged"
      ? { ok: false as const, why: read.why }
      : rememberedCheckpoint(read.kind === "found" ? read.bytes : undefined, origin, keys, key);
  if (kept.ok) return kept.checkpoint;
  if (read.kind === "found" && rememberedCheckpoint(read.bytes, origin, all, key).ok) return undefined;
  throw new CountersignError(
    "state_unusable",
    `the cosigned checkpoint ${file} does not verify: ${kept.why}`,
    {
      fix: "Keep it as evidence, move it away, and ask again: the witness remembers.",
    },
  );
}

function againstKept(
  { size, root }: Checkpoint,
  kept: Checkpoint | undefined,
): (Witnessed & { kind: "contradicted" }) | undefined {
  if (kept === undefined || kept.size < size) return undefined;
  if (kept.size > size)
    return {
      kind: "contradicted",
      code: "ROLLBACK",
      why: `${kept.size} entries were cosigned before, and the sealed log has ${size}`,
    };
  return kept.root === root
    ? undefined
    : { kind: "contradicted", code: "CKPT_ROOT", why: "another tree of this size was cosigned before" };
}

async function asked(question: Parameters<typeof askWitness>[0]): Promise<Witnessed> {
  try {
    return await askWitness(question);
  } catch (cause) {
    if (!(cause instanceof OutboundError)) throw cause;
    if (cause.fault === "url" || cause.fault === "host")
      throw new CountersignError("config_invalid", cause.message, {
        fix: "Name the witness's host in outbound.allowed_hosts, with its port where it is not the usual one.",
        cause,
      });
    return { kind: "failed", why: printable(cause.message) };
  }
}

function tell(world: World, key: NoteKey, isJson: boolean, said: readonly Said[]): number {
  const { terminal } = world;
  const ok = said.every(({ kind }) => kind === "cosigned" || kind === "kept");
  const shards = said.map((one) => ({
    shard: one.shard,
    size: one.size,
    outcome: one.kind,
    ...("code" in one ? { code: one.code } : {}),
    ...("why" in one ? { why: one.why } : {}),
    ...("at" in one ? { at: instant(one.at * 1000) } : {}),
  }));
  if (isJson) printJson(world, { ok, witness: key.name, shards });
  else
    for (const { shard, size, outcome, code, why, at } of shards) {
      const words = [outcome, `${shard}: ${size} entries`, at, code, why].filter(
        (word) => word !== undefined,
      );
      terminal.out(`${terminal.paint(outcome === "contradicted" ? "red" : "bold", words.join("  "))}\n`);
    }
  if (said.some(({ kind }) => kind === "contradicted" || kind === "failed")) return 1;
  return ok ? 0 : 2;
}
