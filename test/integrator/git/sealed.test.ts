// Nothing lands that the sealed log does not hold: every receipt that proves something else, or nothing, is refused.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { shardOf } from "../../../src/core/audit/checkpoint.ts";
import { parseProof, renderProof } from "../../../src/core/audit/tlog-proof.ts";
import type { AuditEntry } from "../../../src/core/audit/entry.ts";
import { auditKey, sealLine } from "../../../src/core/audit/sealed-line.ts";
import { receiptCheckpoint } from "../../../src/core/audit/receipt.ts";
import { EMPTY_ROOT } from "../../../src/core/audit/tree.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { landedRef, landingBranch } from "../../../src/core/base/ids.ts";
import { SEALER_PUBLIC } from "../../../src/io/file/layout.ts";
import { attempt } from "../../support/attempt.ts";
import { git } from "../../support/scratch.ts";
import { receiptOf, type SealedEntry, type SealOptions, signedCheckpoint } from "../../support/sealing.ts";
import { type Desk, openDesk, propose, type Proposed, throwAwayKey } from "../../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk(undefined, "[audit]\nseal_wait_seconds = 1\n");
});
afterEach(() => desk.remove());

type Forge = (entry: SealedEntry, options: SealOptions) => Uint8Array;

const saying =
  (data: Record<string, string>): Forge =>
  (entry, options) =>
    receiptOf({ ...entry, data: { ...entry.data, ...data } }, options);
const sealedWith =
  (change: (options: SealOptions) => Partial<SealOptions>): Forge =>
  (entry, options) =>
    receiptOf(entry, { ...options, ...change(options) });

/** A checkpoint by the right key over a tree that ends before the entry. */
const tooSmall: Forge = (entry, options) => {
  const proof = parseProof(receiptOf(entry, options))!;
  const { origin } = receiptCheckpoint(receiptOf(entry, options))!;
  const smaller = { origin, size: proof.index, root: EMPTY_ROOT };
  return renderProof({ ...proof, path: [], checkpoint: signedCheckpoint(smaller, options.key) });
};

/** A path of one hash less: the root is that of the tree all the same. */
const shortPath: Forge = (entry, options) => {
  const proof = parseProof(receiptOf(entry, options))!;
  return renderProof({ ...proof, path: proof.path.slice(1) });
};

/** Checkpoint of a shard by the key as it is named in another one. */
const otherName: Forge = (entry, options) => {
  const receipt = receiptOf(entry, options);
  const checkpoint = receiptCheckpoint(receipt)!;
  const name = checkpoint.origin.replace(/\d{4}-\d{2}$/, "2026-10");
  return renderProof({
    ...parseProof(receipt)!,
    checkpoint: signedCheckpoint(checkpoint, options.key, name),
  });
};

const stranger = throwAwayKey();
const forgeries: readonly (readonly [string, Forge])[] = [
  ["about another patch", saying({ patch_id: "00000000-0000-4000-8000-000000000009" })],
  ["about another statement", saying({ statement_sha256: sha256("another") })],
  ["about another wording of the patch", saying({ patch_sha256: sha256("another") })],
  ["about a verdict of another key", saying({ keyid: stranger.keyid })],
  [
    "of a call that names the same ids",
    (entry, options) => receiptOf({ ...entry, event: "call.allowed" }, options),
  ],
  [
    "of a verdict that the gateway refused",
    (entry, options) => receiptOf({ ...entry, event: "verdict.refused" }, options),
  ],
  ["of another deployment's log", sealedWith(() => ({ deployment: "countersign/other/desk" }))],
  [
    "of a deployment whose name begins alike",
    sealedWith(({ deployment }) => ({ deployment: `${deployment}/audit` })),
  ],
  ["of no month", sealedWith(() => ({ shard: "2026-13", lineShard: "2026-11" }))],
  ["with the line of another month", sealedWith(() => ({ shard: "2026-10", lineShard: "2026-11" }))],
  ["with the line of another number", sealedWith(() => ({ seq: 1 }))],
  ["of a log that its gateway's owner signed with a key of their own", sealedWith(() => ({ key: stranger }))],
  ["signed by the key of verdicts", sealedWith(() => ({ key: desk.key }))],
  ["signed under the name of another month", otherName],
  ["with a checkpoint that ends before it", tooSmall],
  ["with a hash too few", shortPath],
  ["that is encrypted", sealedWith(() => ({ line: (line) => line.replace('"actor"', '"c"') }))],
  ["that is not canonical", sealedWith(() => ({ line: (line) => line.replace(":", ": ") }))],
  ["that is no proof", () => Buffer.from("sealed\n")],
  ["that is empty", () => new Uint8Array()],
];

const refs = (): string => git(desk.repo, "for-each-ref");
const receipt = ({ id }: Proposed): string => join(desk.places.exchange, "receipts", `${id}.tlog-proof`);

describe("a receipt", () => {
  test.each(forgeries)("%s: seal_invalid", async (_what, forge) => {
    const before = refs();
    const made = await propose(desk, { sealed: forge });
    const { answer, code, landing } = await attempt(desk, made.id);
    expect([answer, code]).toEqual(["seal_invalid", 1]);
    expect(landing.trace.filter(({ state }) => state === "false").map(({ id }) => id)).toEqual(["sealed"]);
    expect(refs()).toBe(before);
  });

  test("that is missing: not_sealed, once nobody made one in the time of the configuration", async () => {
    const made = await propose(desk, { sealed: false });
    const { answer, code, landing } = await attempt(desk, made.id, { dryRun: true });
    expect([answer, code]).toEqual(["not_sealed", 1]);
    expect(JSON.stringify(landing.result)).toContain("countersign up");
    expect((await attempt(desk, made.id)).answer).toBe("not_sealed");
    expect(refs()).not.toContain("countersign");
  });

  test("with any bit flipped: seal_invalid; as it was written: landed", async () => {
    const made = await propose(desk);
    const good = readFileSync(receipt(made));
    for (let at = 0; at < good.length; at += Math.ceil(good.length / 12)) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(receipt(made), bad);
      expect((await attempt(desk, made.id, { dryRun: true })).answer, `byte ${at}`).toBe("seal_invalid");
    }
    writeFileSync(receipt(made), good);
    expect((await attempt(desk, made.id)).answer).toBe("landed");
  });

  test("that is a folder, or too long to be one: seal_invalid", async () => {
    const made = await propose(desk, { sealed: false });
    mkdirSync(receipt(made));
    expect((await attempt(desk, made.id)).answer).toBe("seal_invalid");
    rmSync(receipt(made), { recursive: true });
    writeFileSync(receipt(made), Buffer.alloc(300_000, "a"));
    expect((await attempt(desk, made.id)).answer).toBe("seal_invalid");
  });

  test("under a pinned key that was replaced: seal_invalid; without any: the command cannot tell", async () => {
    const made = await propose(desk);
    writeFileSync(join(desk.places.trust, SEALER_PUBLIC), stranger.pem);
    expect((await attempt(desk, made.id)).answer).toBe("seal_invalid");
    rmSync(join(desk.places.trust, SEALER_PUBLIC));
    await expect(attempt(desk, made.id)).rejects.toMatchObject({ code: "key_unusable" });
    expect(refs()).not.toContain("countersign");
  });
});

describe("of an encrypted log", () => {
  const secret = sha256("a key for a test");
  const encrypted: Forge = sealedWith(() => ({
    line: (line) => sealLine(JSON.parse(line) as AuditEntry, auditKey(secret)!, new Uint8Array(12)),
  }));

  test("it counts for who has the log's key by its reference, and for nobody else, who is told what is missing", async () => {
    desk.remove();
    desk = openDesk(undefined, '[audit]\nseal_wait_seconds = 1\nencryption_key = "env:LAB_LOG_KEY"\n');
    const made = await propose(desk, { sealed: encrypted });
    const without = await attempt(desk, made.id);
    expect(without.answer).toBe("seal_invalid");
    expect(JSON.stringify(without.landing.result)).toContain("LAB_LOG_KEY");
    const other = { env: { LAB_LOG_KEY: sha256("another") } };
    expect((await attempt(desk, made.id, {}, other)).answer).toBe("seal_invalid");
    expect((await attempt(desk, made.id, {}, { env: { LAB_LOG_KEY: secret } })).answer).toBe("landed");
  });
});

describe("what is refused anyhow", () => {
  test("waits for no seal, and the seal is not what is told", async () => {
    const rejected = await propose(desk, { outcome: "REJECTED", sealed: false });
    expect((await attempt(desk, rejected.id)).answer).toBe("verdict_rejected");
    const forged = await propose(desk, { key: stranger, sealed: false });
    const { answer, landing } = await attempt(desk, forged.id);
    expect(answer).toBe("verdict_signature");
    expect(landing.trace).toContainEqual({ id: "sealed", state: "unknown" });
  });

  test("a person's word is asked for behind the seal, and does not stand for it", async () => {
    const made = await propose(desk, { outcome: "MANUAL_REQUIRED", sealed: false });
    const confirm = made.sha256.slice(0, 32);
    expect((await attempt(desk, made.id, { confirm })).answer).toBe("not_sealed");
  });
});

describe("the landing", () => {
  const message = ({ id }: Proposed): string => git(desk.repo, "log", "-1", "--format=%B", landingBranch(id));

  test("keeps its receipt, and its commit names the checkpoint where the verdict has none", async () => {
    const made = await propose(desk);
    expect((await attempt(desk, made.id)).answer).toBe("landed");
    const kept = git(desk.repo, "show", `${landedRef(made.id)}:receipt.tlog-proof`);
    expect(kept).toBe(readFileSync(receipt(made), "utf8"));
    const { origin, size } = receiptCheckpoint(Buffer.from(kept))!;
    expect(shardOf(origin, "countersign/default/desk") ?? origin).toBe("2026-11");
    expect(message(made)).toContain(`Countersign-Audit: ${origin} ${size} `);
  });

  test("names the verdict's checkpoint where it has one", async () => {
    const auditCheckpoint = {
      origin: "countersign/x/audit/2026-11",
      size: 7,
      rootHash: "A".repeat(43) + "=",
    };
    const made = await propose(desk, { predicate: { auditCheckpoint } });
    expect((await attempt(desk, made.id)).answer).toBe("landed");
    expect(message(made)).toContain(
      `Countersign-Audit: countersign/x/audit/2026-11 7 ${auditCheckpoint.rootHash}\n`,
    );
  });
});
