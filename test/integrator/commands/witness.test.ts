// audit witness and what may not get into the memory by it: a sealer key that was given up, and lines that a witness adds.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { originOf } from "../../../src/core/audit/checkpoint.ts";
import { noteKey } from "../../../src/core/audit/note.ts";
import { auditVerify } from "../../../src/integrator/commands/audit-verify.ts";
import { auditWitness } from "../../../src/integrator/commands/witness.ts";
import { sealedWriter } from "../../../src/io/exchange/files/heads.ts";
import { sealBeside, shardsOf, soundLog } from "../../support/audit-lab.ts";
import { revokeSealer } from "../../support/revoked.ts";
import { openSealedDesk, type SealedDesk, SEPTEMBER } from "../../support/sealed-desk.ts";
import { openWitness, type Witness } from "../../support/witness.ts";

let desk: SealedDesk;
let witness: Witness;
beforeEach(async () => {
  desk = await openSealedDesk();
  witness = await openWitness();
  const config = readFileSync(desk.places.config, "utf8");
  writeFileSync(desk.places.config, `${config}\n[outbound]\nallowed_hosts = ["${witness.host}"]\n`);
  trust(desk.sealer.publicKey);
});
afterEach(async () => {
  await witness.stop();
  desk.remove();
});

const trust = (...keys: readonly Uint8Array[]): void => {
  for (const shard of ["2026-09", "2026-11"]) witness.logs.set(originOf(desk.deployment, shard), [...keys]);
};
const ask = async (): Promise<{ code: number; shards: { shard: string; outcome: string }[] }> => {
  const { url, vkey } = witness;
  const { code, said } = await desk.run(auditWitness, { url, vkey, json: true });
  return { code, shards: (JSON.parse(said.out) as { shards: { shard: string; outcome: string }[] }).shards };
};

test("a checkpoint of a key that was given up is not asked for, and takes nothing from the memory", async () => {
  expect((await ask()).code).toBe(0);
  const next = revokeSealer(desk);
  // Nobody has told the witness.
  trust(desk.sealer.publicKey, next.publicKey);
  const sealed = sealedWriter(join(desk.places.exchange, "heads", "sealed"));
  const shards = shardsOf(desk.rows);
  await sealBeside(sealed, desk.deployment, shards[0]!, SEPTEMBER, next);
  await sealBeside(sealed, desk.deployment, shards[1]!, 280, next);
  // What it cosigned under the first key is no memory of ours any more, and no damage either.
  expect(await ask()).toMatchObject({ code: 0 });
  const invented = soundLog([
    ["2026-09", SEPTEMBER],
    ["2026-11", 320],
  ]);
  await sealBeside(sealed, desk.deployment, shardsOf(invented)[1]!, 320, desk.sealer);
  const { code, shards: said } = await ask();
  expect({ code, november: said[1] }).toMatchObject({ code: 1, november: { outcome: "contradicted" } });
  desk.write(desk.rows.slice(0, SEPTEMBER + 250));
  await sealBeside(sealed, desk.deployment, shards[1]!, 250, next);
  const after = await desk.run(auditVerify);
  expect(after.code).toBe(1);
  expect(after.said.out).toContain("ROLLBACK");
});

test("a line in the sealer's name that a witness adds is not kept", async () => {
  witness.lie = (right, text) => {
    const { name, id } = noteKey(text.split("\n")[0] ?? "", desk.sealer.publicKey);
    const line = Buffer.concat([Buffer.from(id, "hex"), randomBytes(64)]).toString("base64");
    return `${right}— ${name} ${line}\n`;
  };
  expect((await ask()).code).toBe(0);
  expect(readdirSync(join(desk.places.integrator, "checkpoints"))).toHaveLength(2);
  const [first = ""] = readdirSync(join(desk.places.integrator, "witness"));
  const kept = readFileSync(join(desk.places.integrator, "witness", first), "utf8");
  expect(kept.match(/^— /gm)).toHaveLength(2);
  expect(await ask()).toMatchObject({ code: 0, shards: [{ outcome: "kept" }, { outcome: "kept" }] });
});
