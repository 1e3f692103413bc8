// The validator as a process: starts that are refused, orders that are judged, kills in the middle, and the ways to end.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { newRecord, renderKeyBook } from "../../src/core/attestation/key-life.ts";
import type { KeyRole } from "../../src/core/attestation/key-record.ts";
import { verifyAttestation } from "../../src/core/attestation/verify.ts";
import { roleKeys } from "../../src/io/file/keyring.ts";
import { openBench, putOrder, type TestBench, verdictOn } from "../support/bench.ts";
import { git, removeScratch, scratch, scratchRepository, writeFiles } from "../support/scratch.ts";
import { manifestSchema, openManifest, type OpenManifest } from "../../src/core/manifest/manifest.ts";
import { instant } from "../../src/core/base/time.ts";

const program = join(import.meta.dirname, "../../bin/countersign.js");
const PATCH = "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1 +1 @@\n-one\n+two\n";
const PATIENCE = 60_000;

let repo: string;
let state: string;
let on: TestBench;
const children: ChildProcess[] = [];

beforeAll(async () => {
  repo = scratchRepository("process", { "src/a.ts": "one\n", "src/b.ts": "b\n" });
  on = await openBench(repo);
  ({ state } = on);
  on.clock.now = Date.now();
  const place = { version: 1, path: repo, git_dir: join(repo, ".git") };
  writeFileSync(join(state, "repository.json"), JSON.stringify(place));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => {
  removeScratch(repo);
  removeScratch(state);
});

const countersign = (...args: readonly string[]): { status: number | null; stderr: string; stdout: string } =>
  spawnSync(process.execPath, [program, ...args], { encoding: "utf8", timeout: PATIENCE });

function start(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, "validator", "--state", state, ...args], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  child.stderr.resume();
  children.push(child);
  return child;
}

function ended(child: ChildProcess): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once("exit", resolve);
  return promise;
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(20)) {
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  throw new Error("waited too long");
}

async function current(): Promise<OpenManifest | undefined> {
  const digest = await on.bench.exchange.published.current();
  const found = digest === undefined ? undefined : await on.bench.exchange.published.manifest(digest);
  if (digest === undefined || found?.kind !== "found") return undefined;
  return openManifest(digest, manifestSchema.parse(JSON.parse(Buffer.from(found.bytes).toString())));
}

const order = async (base: OpenManifest): Promise<Awaited<ReturnType<typeof putOrder>>> =>
  putOrder(on, base, PATCH, { expires: instant(Date.now() + 3_600_000) });

describe("a start is refused, with the fix", () => {
  const rooms = scratch("broken");
  afterAll(() => removeScratch(rooms));

  const broken = (name: string, harm: (folder: string) => void): string => {
    const folder = join(rooms, name);
    cpSync(state, folder, { recursive: true });
    harm(folder);
    return folder;
  };

  const end = (folder: string, role: KeyRole): void => {
    const trust = join(folder, "trust");
    const [key] = roleKeys(trust, role);
    const life = newRecord(role, Date.now() - 91 * 86_400_000, 90);
    writeFileSync(join(trust, "keys.json"), renderKeyBook({ [key?.keyid ?? ""]: life }));
  };

  test.each([
    [
      "key readable by others",
      (folder: string) => chmodSync(join(folder, "keys/attestation.key.pem"), 0o644),
      "chmod 600",
    ],
    [
      "key missing",
      (folder: string) => rmSync(join(folder, "keys/attestation.key.pem")),
      "countersign keys new",
    ],
    [
      "public half missing",
      (folder: string) => rmSync(join(folder, "trust/attestation.pub.pem")),
      "Put it there",
    ],
    [
      "sealer key missing",
      (folder: string) => rmSync(join(folder, "keys/sealer.key.pem")),
      "countersign keys new",
    ],
    // Row I22, from outside: 91 days later.
    ["attestation key that ended", (folder: string) => end(folder, "attestation"), "countersign keys rotate"],
    ["sealer key that ended", (folder: string) => end(folder, "sealer"), "countersign keys rotate"],
    [
      "disclosure key readable by others",
      (folder: string) => chmodSync(join(folder, "keys/disclosure.key"), 0o640),
      "chmod 600",
    ],
    [
      "disclosure key that is none",
      (folder: string) => writeFileSync(join(folder, "keys/disclosure.key"), "short"),
      "Move it away",
    ],
    [
      "key inside the repository",
      (folder: string) => {
        mkdirSync(join(repo, "hidden"), { recursive: true });
        renameSync(join(folder, "keys"), join(repo, "hidden", "keys"));
        execFileSync("ln", ["-s", join(repo, "hidden", "keys"), join(folder, "keys")]);
      },
      "Move it out of the repository",
    ],
    ["no configuration", (folder: string) => rmSync(join(folder, "countersign.toml")), "countersign init"],
    [
      "a configuration at fault",
      (folder: string) =>
        writeFileSync(join(folder, "countersign.toml"), 'preset = "quickstart"\nmode = "open"\n'),
      "is not a known key",
    ],
    [
      "evidence in the repository",
      (folder: string) =>
        writeFileSync(
          join(folder, "countersign.toml"),
          `preset = "quickstart"\n[evidence.json]\nroot = "${join(repo, "reports")}"\n`,
        ),
      "evidence.json.root: is a folder of the served repository",
    ],
    ["no repository", (folder: string) => rmSync(join(folder, "repository.json")), "countersign init"],
    [
      "another repository in its place",
      (folder: string) =>
        writeFileSync(
          join(folder, "repository.json"),
          JSON.stringify({ version: 1, path: repo, git_dir: folder }),
        ),
      "countersign init",
    ],
  ])(
    "%s",
    (name, harm, fix) => {
      const { status, stderr } = countersign(
        "validator",
        "--once",
        "--state",
        broken(name.replaceAll(" ", "-"), harm),
      );
      rmSync(join(repo, "hidden"), { recursive: true, force: true });
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(fix) as string });
      expect(stderr).not.toMatch(/^ {4}at /m);
    },
    PATIENCE,
  );

  test(
    "unknown options and commands",
    () => {
      expect(countersign("validator", "--listen").status).toBe(2);
      expect(countersign("keys", "steal").status).toBe(2);
    },
    PATIENCE,
  );
});

test(
  "one validator serves; a second one says so and ends with 75",
  async () => {
    start();
    await until(current);
    const { status, stderr } = countersign("validator", "--once", "--state", state);
    expect({ status, stderr }).toEqual({
      status: 75,
      stderr: expect.stringContaining("another validator") as string,
    });
  },
  PATIENCE,
);

test(
  "orders are judged and commits published while it runs; it ends when told, having finished",
  async () => {
    const child = start();
    const id = await order(await until(current));
    const verdict = await until(() => verdictOn(on, id).catch(() => undefined));
    expect(verdict.predicate.outcome).toBe("APPROVED");
    writeFiles(repo, { "src/b.ts": "moved\n" });
    git(repo, "commit", "-qam", "moved");
    const commit = git(repo, "rev-parse", "HEAD").trim();
    await until(async () => ((await current())?.manifest.commit === commit ? true : undefined));
    const code = ended(child);
    child.kill("SIGTERM");
    expect(await code).toBe(0);
  },
  PATIENCE,
);

test(
  "with a parent it ends when standard input ends",
  async () => {
    const child = start("--with-parent");
    await until(current);
    const code = ended(child);
    child.stdin?.end();
    expect(await code).toBe(0);
  },
  PATIENCE,
);

test(
  "a rotation while it runs ends it with 75; started again it signs under the new key",
  async () => {
    const child = start();
    const base = await until(current);
    const code = ended(child);
    const trust = join(state, "trust");
    const [old] = roleKeys(trust, "attestation");
    const bin = [program, "keys", "rotate", "--role", "attestation", "--state", state];
    expect(spawnSync(process.execPath, bin, { encoding: "utf8" }).status).toBe(0);
    expect(await code).toBe(75);
    const id = await order(base);
    expect(countersign("validator", "--once", "--state", state).status).toBe(0);
    const found = await on.bench.exchange.verdicts.read(id);
    const [now, before] = roleKeys(trust, "attestation");
    const verified =
      found.kind === "found" ? verifyAttestation(found.bytes, roleKeys(trust, "attestation")) : undefined;
    expect(verified).toMatchObject({ ok: true, value: { keyid: now?.keyid } });
    expect(before?.keyid).toBe(old?.keyid);
  },
  PATIENCE,
);

test(
  "killed in the middle of a round, it judges again, once",
  async () => {
    start("--with-parent");
    const base = await until(current);
    for (let round = 0; round < 3; round++) {
      const running = children.at(-1);
      const id = await order(base);
      await until(() =>
        readdirSync(join(state, "validator")).includes(`git-${id}`) ||
        existsSync(join(state, "exchange", "verdicts", `${id}.dsse.json`))
          ? true
          : undefined,
      );
      await sleep(round * 10);
      const gone = running === undefined ? Promise.resolve(null) : ended(running);
      running?.kill("SIGKILL");
      await gone;
      expect(countersign("validator", "--once", "--state", state).status).toBe(0);
      const found = await on.bench.exchange.verdicts.read(id);
      expect(
        found.kind === "found" &&
          verifyAttestation(found.bytes, roleKeys(join(state, "trust"), "attestation")).ok,
      ).toBe(true);
      expect(countersign("validator", "--once", "--state", state).status).toBe(0);
      expect(await on.bench.exchange.verdicts.read(id)).toEqual(found);
      expect(readdirSync(join(state, "validator")).filter((name) => name.startsWith("git-"))).toEqual([]);
      start("--with-parent");
      await sleep(300);
    }
  },
  PATIENCE,
);
