// What audit verify may go by: sealers' keys alone cover, a key that was given up says nothing, and no one copy hides the others.
import Database from "better-sqlite3";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { originOf, rootText } from "../../../src/core/audit/checkpoint.ts";
import type { Digest } from "../../../src/core/base/digest.ts";
import type { Report } from "../../../src/integrator/audit/report.ts";
import { auditHead } from "../../../src/integrator/commands/audit-head.ts";
import { auditVerify } from "../../../src/integrator/commands/audit-verify.ts";
import { landedFiles } from "../../../src/integrator/git/land.ts";
import { sealedWriter } from "../../../src/io/exchange/files/heads.ts";
import { rootAt, sealBeside, shardsOf, soundLog } from "../../support/audit-lab.ts";
import { record, REVOKED, revokeSealer } from "../../support/revoked.ts";
import { signedCheckpoint, type SealingKey } from "../../support/sealing.ts";
import { openSealedDesk, type SealedDesk, SEPTEMBER } from "../../support/sealed-desk.ts";
import { propose, throwAwayKey } from "../../support/verdicts.ts";

let desk: SealedDesk;
beforeEach(async () => {
  desk = await openSealedDesk();
});
afterEach(() => desk.remove());

async function verify(options = {}): Promise<{ code: number; report: Report }> {
  const { code, said } = await desk.run(auditVerify, { ...options, json: true });
  return { code, report: JSON.parse(said.out) as Report };
}
const heads = (): string => join(desk.places.exchange, "heads", "sealed");
const november = (rows = desk.rows): ReturnType<typeof shardsOf>[number] => shardsOf(rows)[1]!;
const setBackTo = (size: number): void => desk.write(desk.rows.slice(0, SEPTEMBER + size));
const sealedBy = (size: number, key: SealingKey): Promise<void> =>
  sealBeside(sealedWriter(heads()), desk.deployment, november(), size, key);
/** A verdict that names so many entries of November; its envelope. */
async function verdict(size: number, rows = desk.rows): Promise<Uint8Array> {
  const { origin, rootHash } = {
    origin: originOf(desk.deployment, "2026-11"),
    rootHash: rootText(rootAt(november(rows).rows, size)),
  };
  const { envelope } = await propose(desk, {
    sealed: false,
    predicate: { auditCheckpoint: { origin, size, rootHash } },
  });
  return envelope;
}

describe("behind a sealer key that was given up", () => {
  test("the memory goes on with the next key, whatever a thief of the first one had remembered", async () => {
    expect((await verify()).code).toBe(0);
    const note = {
      origin: originOf(desk.deployment, "2026-11"),
      size: 9e15,
      root: "a".repeat(64) as Digest,
    };
    await sealedWriter(heads()).putCheckpoint("2026-11", signedCheckpoint(note, desk.sealer));
    expect((await verify()).report.code).toBe("TRUNCATED");
    // What does not fit the log is nothing to remember.
    expect(readdirSync(join(desk.places.integrator, "checkpoints")).join()).not.toContain("9000000");
    const next = revokeSealer(desk);
    await sealBeside(sealedWriter(heads()), desk.deployment, shardsOf(desk.rows)[0]!, SEPTEMBER, next);
    for (const size of [280, 300]) {
      await sealedBy(size, next);
      expect((await verify()).code).toBe(0);
    }
    setBackTo(285);
    await sealedBy(280, next);
    expect(await verify()).toMatchObject({ code: 1, report: { code: "ROLLBACK", seq: 285 } });
  });

  test("the same tree, signed anew, is remembered anew", async () => {
    await verify();
    const next = revokeSealer(desk);
    await sealBeside(sealedWriter(heads()), desk.deployment, shardsOf(desk.rows)[0]!, SEPTEMBER, next);
    await sealedBy(280, next);
    await verify();
    setBackTo(260);
    rmSync(heads(), { recursive: true });
    expect(await verify()).toMatchObject({ code: 1, report: { code: "ROLLBACK", seq: 260 } });
  });

  test("one that somebody kept, or that lies beside the log, is named and proves nothing: 2", async () => {
    const kept = desk.keep(1, 200);
    const next = revokeSealer(desk);
    const lying = await verify();
    expect(lying).toMatchObject({ code: 2, report: { verdict: "unknown", code: null } });
    expect(lying.report.doubts.join()).toContain(`was revoked at ${REVOKED}`);
    const head = await desk.run(auditHead);
    expect(head.code).toBe(2);
    expect(head.said.err).toContain("was revoked at");
    await sealBeside(sealedWriter(heads()), desk.deployment, shardsOf(desk.rows)[0]!, SEPTEMBER, next);
    await sealedBy(280, next);
    expect((await verify()).code).toBe(0);
    const given = await verify({ checkpoint: [kept] });
    expect(given).toMatchObject({ code: 2, report: { verdict: "unknown" } });
    expect(given.report.completeness.passedOver.map(({ name }) => name)).toEqual([kept]);
  });
});

describe("a verdict contradicts, and never covers", () => {
  beforeEach(() => rmSync(heads(), { recursive: true }));

  test.each<[string, () => void]>([
    ["with the sealer's key", () => undefined],
    ["without any", () => rmSync(join(desk.places.trust, "sealer.pub.pem"))],
    [
      "with somebody else's",
      () => writeFileSync(join(desk.places.trust, "sealer.pub.pem"), throwAwayKey().pem),
    ],
  ])("%s", async (_which, prepare) => {
    await verdict(290);
    prepare();
    const { code, report } = await verify();
    expect({ code, verdict: report.verdict, sealed: report.sealed.upTo }).toEqual({
      code: 2,
      verdict: "unknown",
      sealed: null,
    });
    expect(report.completeness.fits).toMatchObject([{ source: "verdict", size: 290 }]);
    setBackTo(200);
    expect(await verify()).toMatchObject({ code: 1, report: { code: "ROLLBACK", seq: 200 } });
  });

  test("nor does one of a time at which its key had ended say anything", async () => {
    record(desk, desk.key.pem, {
      role: "attestation",
      created: "2025-01-01T00:00:00.000Z",
      not_after: "2026-01-01T00:00:00.000Z",
    });
    await verdict(290);
    expect((await verify()).report.completeness.fits).toEqual([]);
    setBackTo(200);
    expect((await verify()).code).toBe(2);
  });
});

describe("landings in the repository", () => {
  const git = (input: Uint8Array | undefined, ...args: readonly string[]): string =>
    execFileSync("git", ["-C", desk.repo, ...args], { input, encoding: "utf8" }).trim();
  /** A landed ref whose verdict is these bytes. */
  const land = (bytes: Uint8Array): void => {
    const blob = git(bytes, "hash-object", "-w", "--stdin");
    const tree = git(Buffer.from(`100644 blob ${blob}\t${landedFiles.verdict}\n`), "mktree");
    const who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    const commit = git(undefined, ...who, "commit-tree", "-m", "landed", tree);
    git(undefined, "update-ref", `refs/countersign/landed/${randomUUID()}`, commit);
  };
  beforeEach(async () => {
    land(await verdict(280));
    for (const name of ["verdicts", "receipts"])
      rmSync(join(desk.places.exchange, name), { recursive: true, force: true });
  });
  /** All that this user has beside the repository, as a backup of the whole folder leaves it. */
  const setBack = async (): Promise<void> => {
    setBackTo(200);
    await sealedBy(200, desk.sealer);
  };

  test("tell that the whole state folder was set back; one ref that cannot be read hides none", async () => {
    land(Buffer.alloc(3_000_000, 0x20));
    const { code, report } = await verify();
    expect(code).toBe(0);
    expect(report.completeness.passedOver).toMatchObject([{ source: "landed" }]);
    rmSync(join(desk.places.integrator, "checkpoints"), { recursive: true });
    await setBack();
    expect(await verify()).toMatchObject({ code: 1, report: { code: "ROLLBACK", seq: 200 } });
  });

  test("are looked for where one stands, when the state folder names no repository, and it is said: 2", async () => {
    rmSync(desk.places.repository);
    expect(await verify()).toMatchObject({ code: 2, report: { verdict: "unknown" } });
    rmSync(join(desk.places.integrator, "checkpoints"), { recursive: true });
    await setBack();
    expect(await verify()).toMatchObject({ code: 1, report: { code: "ROLLBACK", seq: 200 } });
  });

  test("that cannot be looked at leave the question open: 2", async () => {
    rmSync(join(desk.repo, ".git"), { recursive: true });
    const { code, report } = await verify();
    expect(code).toBe(2);
    expect(report.doubts.join()).toContain("landings in the repository were not looked at");
  });
});

describe("lines in a file", () => {
  const ofLines = (
    from: number,
    checkpoint: readonly string[],
  ): Promise<{ code: number; report: Report }> => {
    const file = join(desk.repo, "lines.ndjson");
    writeFileSync(
      file,
      desk.rows
        .slice(from)
        .map(({ line }) => `${line}\n`)
        .join(""),
    );
    const sealer = join(desk.places.trust, "sealer.pub.pem");
    return verify({ state: undefined, file, sealer, checkpoint });
  };

  test.each([
    ["all of the log", 0, [0, 1], { code: 0 }],
    ["a whole month", SEPTEMBER, [1], { code: 0 }],
    ["cut at its front: nobody can tell", 30, [1], { code: 2, report: { verdict: "unknown" } }],
    ["cut at its front, where the month's checkpoint tells", 30, [0, 1], { code: 1 }],
    [
      "a month, and a checkpoint of the one before",
      SEPTEMBER,
      [0, 1],
      { code: 2, report: { verdict: "unknown" } },
    ],
  ])("%s", async (_what, from, kept, promised) => {
    const checkpoints = kept.map((shard) => desk.keep(shard, shard === 0 ? SEPTEMBER : 280));
    expect(await ofLines(from, checkpoints)).toMatchObject(promised);
  });
});

/** As the gateway leaves it after a clean stop: in WAL mode, with nothing beside it. */
test.runIf(process.getuid?.() === 0)("a log that this user may only read is no damage: 2", () => {
  const db = new Database(desk.places.database);
  db.pragma("journal_mode = WAL");
  db.close();
  for (const folder of [desk.places.root, desk.repo]) execFileSync("chmod", ["-R", "a+rX", folder]);
  const reading = `
    const { openLogRows } = await import(${JSON.stringify(resolve("src/io/store/sqlite/scan.ts"))});
    process.setgid(65534);
    process.setuid(65534);
    try { openLogRows(${JSON.stringify(desk.places.database)}); } catch (cause) { process.stdout.write(String(cause.code)); }`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", reading], { encoding: "utf8" });
  expect(said).toBe("state_unusable");
});

test("what is remembered of one key is not taken away by another", async () => {
  await verify();
  const forged = shardsOf(
    soundLog([
      ["2026-09", SEPTEMBER],
      ["2026-11", 320],
    ]),
  )[1]!;
  const second = throwAwayKey();
  writeFileSync(join(desk.places.trust, "sealer-second.pub.pem"), second.pem);
  await sealBeside(sealedWriter(heads()), desk.deployment, forged, 320, second);
  await desk.run(auditHead);
  const names = readdirSync(join(desk.places.integrator, "checkpoints")).join();
  expect(names).toContain("-2026-11-280-");
  expect(names).toContain("-2026-11-320-");
});
