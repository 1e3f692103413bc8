// What a real gateway and a real sealer wrote, before Go's sumdb/note and tlog: checkpoint, receipts, and proofs over the stored lines.
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePublicKey } from "../../src/core/attestation/key.ts";
import { claimedCheckpoint } from "../../src/core/audit/checkpoint.ts";
import { content, propose, serve, type Served } from "../support/agent.ts";
import { buildInterop, runInterop, writeMaterial } from "../support/interop.ts";
import { needs } from "../support/needs.ts";
import { eventually } from "../support/processes.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import { rowsOf } from "../support/shipping.ts";

const EDIT = { edits: [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "two" }] };

describe.skipIf(!needs("go"))("a served proposal", () => {
  let repo: string;
  let folder: string;
  let served: Served;
  beforeAll(async () => {
    repo = scratchRepository("interop-served", { "src/a.ts": "one\n" });
    folder = scratch("interop-served");
    served = await serve(repo);
  });
  afterAll(async () => {
    await served.stop();
    for (const one of [repo, folder]) removeScratch(one);
  });

  test("has a checkpoint and a receipt that Go accepts", async () => {
    const id = String(content(await propose(served, EDIT))["patch_id"]);
    const exchange = join(served.state, "exchange");
    const receipts = (): readonly string[] => readdirSync(join(exchange, "receipts"));
    expect(await eventually(() => (receipts().includes(`${id}.tlog-proof`) ? true : undefined))).toBe(true);
    const [shard = ""] = readdirSync(join(exchange, "heads/sealed")).filter((name) =>
      /^\d{4}-\d{2}$/.test(name),
    );
    const note = readFileSync(join(exchange, "heads/sealed", shard, "checkpoint"));
    const { origin = "", size = 0 } = claimedCheckpoint(note) ?? {};
    const pem = readFileSync(join(served.state, "trust/sealer.pub.pem"), "utf8");
    // A store that began in this month has no other shard: its rows are the leaves.
    const lines = rowsOf(join(served.state, "gateway/store.db")).map(({ body }) => body);
    writeMaterial(folder, {
      lines,
      keys: [parsePublicKey(pem, "sealer").publicKey],
      origin,
      note: () => note,
      sizes: [size],
      leaves: () => [0, size - 1],
    });
    mkdirSync(join(folder, "proofs"), { recursive: true });
    for (const name of receipts().filter((name) => name.endsWith(".tlog-proof")))
      copyFileSync(join(exchange, "receipts", name), join(folder, "proofs", name));
    const { code, out, err } = runInterop(buildInterop(folder) ?? "", folder);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const said = JSON.parse(out) as { notes: number; proofs: number; leaves: number };
    expect([said.notes, said.proofs >= 3, said.leaves]).toEqual([1, true, lines.length]);
  });
});
