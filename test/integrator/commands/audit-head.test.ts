// The newest checkpoint, as people, programs and Go's sumdb/note want it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openCheckpoint, originOf } from "../../../src/core/audit/checkpoint.ts";
import { parseVerifierKey } from "../../../src/core/audit/note.ts";
import { auditHead } from "../../../src/integrator/commands/audit-head.ts";
import { auditVerify } from "../../../src/integrator/commands/audit-verify.ts";
import { openSealedDesk, SEALED, type SealedDesk, SEPTEMBER } from "../../support/sealed-desk.ts";

let desk: SealedDesk;
beforeEach(async () => {
  desk = await openSealedDesk();
});
afterEach(() => desk.remove());

test("in plain words, and as JSON", async () => {
  const { code, said } = await desk.run(auditHead);
  expect(code).toBe(0);
  expect(said.out).toMatch(/sealed +280 entries of 2026-11, the last one of .* s ago\)/);
  expect(said.out).toMatch(/not sealed +20 entries since 20/);
  const json = JSON.parse((await desk.run(auditHead, { json: true })).said.out) as Record<string, unknown>;
  expect(json).toMatchObject({
    shard: "2026-11",
    source: "sealed",
    unsealed: 20,
    checkpoint: { origin: originOf(desk.deployment, "2026-11"), size: SEALED, keyid: desk.sealer.keyid },
  });
});

test("of another part", async () => {
  const { said } = await desk.run(auditHead, { shard: "2026-09", json: true });
  expect(JSON.parse(said.out)).toMatchObject({ shard: "2026-09", checkpoint: { size: SEPTEMBER } });
});

test("the note and the key fit together, and audit verify takes the note", async () => {
  const note = (await desk.run(auditHead, { note: true })).said.out;
  const vkey = (await desk.run(auditHead, { vkey: true })).said.out.trim();
  expect(note).toBe(readFileSync(join(desk.places.exchange, "heads/sealed/2026-11/checkpoint"), "utf8"));
  const key = parseVerifierKey(vkey);
  expect(key?.name).toBe(originOf(desk.deployment, "2026-11"));
  expect(openCheckpoint(Buffer.from(note), key!.name, [key!.publicKey])).toMatchObject({
    ok: true,
    checkpoint: { size: SEALED },
  });
  writeFileSync(join(desk.repo, "kept"), note);
  rmSync(join(desk.places.exchange, "heads"), { recursive: true });
  expect((await desk.run(auditVerify, { checkpoint: ["kept"] })).code).toBe(0);
});

test("it is remembered; nothing to tell is 2, and a forged one 1", async () => {
  await desk.run(auditHead);
  rmSync(join(desk.places.exchange, "heads"), { recursive: true });
  expect(JSON.parse((await desk.run(auditHead, { json: true })).said.out)).toMatchObject({
    source: "remembered",
  });
  rmSync(desk.places.integrator, { recursive: true });
  expect((await desk.run(auditHead)).code).toBe(2);
  await desk.seal(1, SEALED);
  const path = join(desk.places.exchange, "heads/sealed/2026-11/checkpoint");
  writeFileSync(path, readFileSync(path, "utf8").replace("\n280\n", "\n281\n"));
  const { code, said } = await desk.run(auditHead);
  expect(code).toBe(1);
  expect(said.err).toContain("CKPT_SIGNATURE");
});

test("one form at a time", async () => {
  await expect(desk.run(auditHead, { note: true, json: true })).rejects.toMatchObject({ code: "usage" });
});
