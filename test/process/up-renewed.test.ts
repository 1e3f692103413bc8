// A rotated key and a changed configuration under a running `up`: the next validator takes over, judges and seals, and
// nobody has to stop or start anything.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseVerdict } from "../../src/core/attestation/statement.ts";
import { verifyAttestation } from "../../src/core/attestation/verify.ts";
import { roleKeys } from "../../src/io/file/keyring.ts";
import { content, person, propose, publishedBase, serve, type Served } from "../support/agent.ts";
import { eventually, processesNaming } from "../support/processes.ts";
import { create } from "../support/refusal-scene.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

const PATIENCE = 180_000;

let repo: string;
let served: Served;
/** What the newest validator published. */
let base: string;
beforeEach(async () => {
  repo = scratchRepository("renewed", { "src/a.ts": "export const a = 1;\n" });
  served = await serve(repo);
  ({ base } = served);
}, PATIENCE);
afterEach(async () => {
  await served.stop();
  removeScratch(repo);
});

const validators = (): readonly number[] =>
  processesNaming(served.state)
    .filter(({ argv }) => argv.includes("validator"))
    .map(({ pid }) => pid);

/** Does it, and waits until the validator of before is gone and another one has published. */
async function renewed(happens: () => void): Promise<void> {
  const before = validators();
  expect(before).toHaveLength(1);
  happens();
  const next = (): readonly number[] | undefined => {
    const now = validators();
    return now.length === 1 && now[0] !== before[0] ? now : undefined;
  };
  expect(await eventually(next, 60)).toBeDefined();
  base = await publishedBase(served.client, base);
}

interface Judged {
  readonly id: string;
  readonly keyid: string;
  /** How long the verdict can be used, in seconds. */
  readonly lasts: number;
}

async function judged(path: string): Promise<Judged> {
  const said = content(await propose({ ...served, base }, create(path, "words\n")));
  expect(said).toMatchObject({ state: "approved" });
  const id = String(said["patch_id"]);
  const envelope = readFileSync(join(served.state, "exchange", "verdicts", `${id}.dsse.json`));
  const read = verifyAttestation(envelope, roleKeys(join(served.state, "trust"), "attestation"));
  const verdict = read.ok ? parseVerdict(read.value.payload) : read;
  if (!read.ok || !verdict.ok) throw new Error("the verdict does not verify");
  const { expires, timeVerified } = verdict.value.predicate;
  return { id, keyid: read.value.keyid, lasts: (Date.parse(expires) - Date.parse(timeVerified)) / 1000 };
}

test(
  "behind both, a proposal gets its verdict under the new key and the new configuration, and lands",
  async () => {
    const first = await judged("docs/one.md");
    await renewed(() => expect(person(served.state, "keys", "rotate").status).toBe(0));
    const second = await judged("docs/two.md");
    expect(second.keyid).toBe(roleKeys(join(served.state, "trust"), "attestation")[0]?.keyid);
    expect([second.keyid === first.keyid, second.lasts]).toEqual([false, first.lasts]);
    const config = join(served.state, "countersign.toml");
    const text = readFileSync(config, "utf8");
    await renewed(() => writeFileSync(config, `${text}\n[validator]\nverdict_ttl_seconds = 1200\n`));
    const third = await judged("docs/three.md");
    expect([third.keyid, third.lasts]).toEqual([second.keyid, 1200]);
    expect(person(served.state, "doctor").stdout).toContain("a validator is running");
    // A landing needs the seal.
    expect(person(served.state, "integrate", third.id)).toMatchObject({ status: 0 });
  },
  PATIENCE,
);
