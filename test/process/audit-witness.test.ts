// C2SP tlog-witness: what a witness vouches for is kept, and what it contradicts is told; its own word is believed for nothing.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkpointText, openCheckpoint, originOf } from "../../src/core/audit/checkpoint.ts";
import { cosignedAt } from "../../src/core/audit/cosignature.ts";
import { noteKey, renderNote, verifierKey } from "../../src/core/audit/note.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import { type Digest, sha256 } from "../../src/core/base/digest.ts";
import { publishedState, type PublishedState } from "../support/published.ts";
import { removeScratch } from "../support/scratch.ts";
import { startCommand } from "../support/shipping.ts";
import { openWitness, type Witness } from "../support/witness.ts";
import { treeOf } from "../support/tree.ts";

const shard = "2026-11";
const origin = originOf("countersign/default/lab", shard);
let witness: Witness;
let state: PublishedState;

/** The sealer's part: tiles and checkpoint over the first `size` leaves of a log; another `history` is another log. */
async function seal(size: number, history = "one", of = shard): Promise<void> {
  const leaves = Array.from({ length: size }, (_, at) => sha256(`${history}-${at}`));
  const tree = treeOf(leaves);
  for (let at = 0; at < size; at += 256) {
    const hashes = Buffer.from(leaves.slice(at, at + 256).join(""), "hex");
    await state.exchange.sealed.putTile(of, at / 256, hashes);
  }
  await state.exchange.sealed.putCheckpoint(
    of,
    noteOf(size, tree.root(), originOf("countersign/default/lab", of)),
  );
}

function noteOf(size: number, root: Digest, name = origin): Uint8Array {
  const text = checkpointText({ origin: name, size, root });
  const { trusted: key } = state.sealer;
  const { id } = noteKey(name, key.publicKey);
  return renderNote({ text, signatures: [{ name, id, signature: state.sealer.sign(utf8(text)) }] });
}

interface Shard {
  readonly shard: string;
  readonly size: number;
  readonly outcome: string;
  readonly code?: string;
  readonly why?: string;
}

async function ask(
  ...more: readonly string[]
): Promise<{ code: number | null; shards: readonly Shard[]; err: string }> {
  const args = ["audit", "witness", "--url", witness.url, "--vkey", witness.vkey, "--json", ...more];
  const { code, out, err } = await startCommand(state.layout, args).ended;
  return { code, err, shards: out === "" ? [] : (JSON.parse(out) as { shards: Shard[] }).shards };
}

const kept = (): string => {
  const folder = join(state.layout.integrator, "witness");
  return join(folder, readdirSync(folder).find((name) => name.endsWith(shard)) ?? "");
};

beforeEach(async () => {
  witness = await openWitness();
  state = await publishedState(`[outbound]\nallowed_hosts = ["${witness.host}"]\n`);
  witness.logs.set(origin, [state.sealer.trusted.publicKey]);
});
afterEach(async () => {
  await witness.stop();
  removeScratch(state.layout.root);
});

describe("what contradicts us: exit 1", () => {
  test("the witness knows more of this log than we have", async () => {
    await seal(300);
    expect((await ask()).code).toBe(0);
    rmSync(join(state.layout.integrator, "witness"), { recursive: true });
    await seal(200);
    expect(await ask()).toMatchObject({ code: 1, shards: [{ outcome: "contradicted", code: "ROLLBACK" }] });
  });

  test("what we kept knows more, and the witness is not even asked", async () => {
    await seal(300);
    await ask();
    await seal(200);
    const before = witness.asked.length;
    expect(await ask()).toMatchObject({ code: 1, shards: [{ code: "ROLLBACK" }] });
    expect(witness.asked.length).toBe(before);
  });

  test.each([
    ["longer", 400],
    ["of the same length", 300],
  ])("another history that is %s", async (_, size) => {
    await seal(300);
    await ask();
    await seal(size, "another");
    expect(await ask()).toMatchObject({ code: 1, shards: [{ outcome: "contradicted", code: "CKPT_ROOT" }] });
    rmSync(join(state.layout.integrator, "witness"), { recursive: true });
    expect(await ask()).toMatchObject({ code: 1, shards: [{ outcome: "contradicted", code: "CKPT_ROOT" }] });
    expect(witness.known.get(origin)?.size).toBe(300);
  });

  test("a checkpoint that the sealer did not sign, and tiles of another tree", async () => {
    await seal(10);
    await state.exchange.sealed.putCheckpoint(shard, utf8("noise"));
    expect(await ask()).toMatchObject({ code: 1, shards: [{ outcome: "contradicted" }] });
    await state.exchange.sealed.putCheckpoint(shard, noteOf(10, sha256("another root")));
    expect(await ask()).toMatchObject({ code: 1, shards: [{ outcome: "failed" }] });
    expect(witness.asked).toEqual([]);
  });
});

describe("what a witness could say instead of a cosignature of its own key", () => {
  const now = Math.floor(Date.now() / 1000);
  test.each<[string, (right: string, text: string) => string]>([
    ["nothing", () => ""],
    ["words", () => "fine\n"],
    ["more words than anybody reads", (right) => right + "x".repeat(70_000)],
    ["over another text", (_, text) => witness.cosign(text.replace("\n10\n", "\n11\n"), now)],
    ["from the future", (_, text) => witness.cosign(text, now + 3600)],
    ["without a time", (_, text) => witness.cosign(text, 0)],
    ["with another time in front", (right) => right.replace(/(— \S+ .{8})./, "$1B")],
    ["twice, once wrong", (right, text) => right + witness.cosign(`${text}x`, now)],
    ["with a text before it", (right) => `more\n\n${right}`],
    ["under another name", (right) => right.replace("witness.example/w1", "witness.example/w2")],
  ])("%s: exit 1, nothing is kept", async (_, lie) => {
    await seal(10);
    witness.lie = lie;
    expect(await ask()).toMatchObject({ code: 1, shards: [{ outcome: "failed" }] });
    expect(readdirSync(state.layout.root)).not.toContain("integrator");
  });
});

describe("what cannot be told: exit 2", () => {
  test("a log that it does not know, and a key that it does not trust", async () => {
    await seal(10);
    witness.logs.set(origin, [state.signer.trusted.publicKey]);
    expect(await ask()).toMatchObject({ code: 2, shards: [{ outcome: "refused" }] });
    witness.logs.clear();
    expect(await ask()).toMatchObject({ code: 2, shards: [{ outcome: "refused" }] });
  });

  test("nothing sealed, a host that is not named, a key for plain signatures, no key", async () => {
    expect((await ask()).code).toBe(2);
    await seal(10);
    const elsewhere = ["audit", "witness", "--url", "http://127.0.0.1:9/", "--vkey", witness.vkey];
    expect((await startCommand(state.layout, elsewhere).ended).code).toBe(2);
    const plain = verifierKey(noteKey(witness.key.name, witness.key.publicKey));
    expect((await ask("--vkey", plain)).code).toBe(2);
    expect((await startCommand(state.layout, ["audit", "witness", "--url", witness.url]).ended).code).toBe(2);
    expect(witness.asked).toEqual([]);
  });

  test("a kept checkpoint that was changed", async () => {
    await seal(10);
    await ask();
    writeFileSync(kept(), readFileSync(kept(), "utf8").replace("\n10\n", "\n11\n"));
    await seal(20);
    expect(await ask()).toMatchObject({ code: 2, err: expect.stringContaining("does not verify") as string });
  });
});

test("it is down: exit 1, and nothing is lost by asking again", async () => {
  await seal(10);
  await witness.stop();
  expect(await ask()).toMatchObject({ code: 1, shards: [{ outcome: "failed" }] });
});

describe("a log that grows", () => {
  test("is cosigned from size to size, each once, with proofs from the sealer's tiles", async () => {
    for (const size of [1, 255, 256, 257, 700]) {
      await seal(size);
      expect(await ask()).toMatchObject({ code: 0, shards: [{ size, outcome: "cosigned" }] });
      expect(witness.known.get(origin)?.size).toBe(size);
    }
    expect(witness.asked.map((body) => body.split("\n")[0])).toEqual([
      "old 0",
      "old 1",
      "old 255",
      "old 256",
      "old 257",
    ]);
    expect(await ask()).toMatchObject({ code: 0, shards: [{ outcome: "kept" }] });
    expect(witness.asked.length).toBe(5);
  });

  test("the kept note is the sealer's checkpoint and the witness's word, and an anchor of audit verify", async () => {
    await seal(257);
    await ask();
    const bytes = readFileSync(kept());
    expect(openCheckpoint(bytes, origin, [state.sealer.trusted.publicKey])).toMatchObject({
      ok: true,
      checkpoint: { size: 257 },
    });
    expect(cosignedAt(bytes, witness.key, Number.MAX_SAFE_INTEGER)).toBeGreaterThan(1_700_000_000);
    const [anchor = ""] = readdirSync(join(state.layout.integrator, "checkpoints"));
    expect(anchor).toMatch(/-2026-11-257-[0-9a-f]{16}$/);
    expect(readFileSync(join(state.layout.integrator, "checkpoints", anchor))).toEqual(bytes);
  });

  test("goes on from what the witness knows where our own memory is gone", async () => {
    await seal(100);
    await ask();
    rmSync(join(state.layout.integrator, "witness"), { recursive: true });
    await seal(300);
    expect(await ask()).toMatchObject({ code: 0, shards: [{ outcome: "cosigned" }] });
    expect(witness.asked.slice(1).map((body) => body.split("\n")[0])).toEqual(["old 0", "old 100"]);
  });

  test("has its shards cosigned each by itself", async () => {
    witness.logs.set(originOf("countersign/default/lab", "2026-12"), [state.sealer.trusted.publicKey]);
    await seal(30);
    await seal(5, "one", "2026-12");
    expect(await ask()).toMatchObject({
      code: 0,
      shards: [
        { shard, size: 30, outcome: "cosigned" },
        { shard: "2026-12", size: 5, outcome: "cosigned" },
      ],
    });
  });
});
