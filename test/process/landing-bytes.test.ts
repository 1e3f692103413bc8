// X01, G42, G45, G46: what lands is the attested tree to the byte, whatever git is told to do with white space and line ends.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../src/core/base/digest.ts";
import { landingBranch } from "../../src/core/base/ids.ts";
import {
  bin,
  content,
  initState,
  propose,
  publishedBase,
  refusalCode,
  type Served,
} from "../support/agent.ts";
import { attempt } from "../support/attempt.ts";
import { rpcClient } from "../support/rpc.ts";
import { git, removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import { snapshotOf } from "../support/snapshot.ts";
import { type Desk, openDesk, patchOf, propose as signed } from "../support/verdicts.ts";

/** Everything by which git changes bytes on their way, and a remote that shows that it was contacted. */
const MEDDLING = (canary: string): Readonly<Record<string, string>> => ({
  "apply.whitespace": "fix",
  "apply.ignoreWhitespace": "change",
  "core.whitespace": "trailing-space,space-before-tab,indent-with-non-tab,cr-at-eol",
  "core.autocrlf": "true",
  "core.eol": "crlf",
  "core.safecrlf": "false",
  "merge.renames": "true",
  "remote.origin.url": `ext::touch ${canary}`,
  "remote.pushDefault": "origin",
  "push.default": "current",
  "protocol.ext.allow": "always",
  "branch.main.remote": "origin",
  "branch.main.merge": "refs/heads/main",
});
const FILES = {
  "src/a.ts": "one\ntwo\nthree\n",
  "src/crlf.ts": "x\r\ny\r\nz\r\n",
  "src/open.ts": "first\nlast without line end",
  "src/latin.ts": Buffer.from("caf\xe9\nplain\n", "latin1"),
};

describe("with git's settings of user and repository against it", () => {
  let served: Served;
  let aside: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    aside = scratch("meddling");
    const repo = scratchRepository("bytes", FILES);
    const user = join(aside, "gitconfig");
    for (const [key, value] of Object.entries(MEDDLING(join(aside, "contacted")))) {
      git(repo, "config", key, value);
      git(repo, "config", "--file", user, key, value);
    }
    env = { GIT_CONFIG_GLOBAL: user, HOME: aside, XDG_CONFIG_HOME: aside };
    const state = initState(repo);
    const args = [bin, "up", "--stdio", "--repo", repo, "--state", state];
    const client = await rpcClient({ command: process.execPath, args, env });
    const base = await publishedBase(client);
    served = { repo, state, client, base, stop: async () => void (await client.close()) };
  });
  afterAll(async () => {
    await served.stop();
    for (const folder of [served.repo, served.state, aside]) removeScratch(folder);
  });

  const replaced = (path: string, old_text: string, new_text: string) => ({
    op: "replace",
    path,
    old_text,
    new_text,
  });
  const branchOf = (id: string): string => `refs/heads/countersign/patch-${id.slice(0, 8)}`;
  const lands = async (edits: readonly object[]): Promise<string> => {
    const said = content(await propose(served, { edits }));
    const id = String(said["patch_id"]);
    const flags =
      said["state"] === "approved" ? [] : ["--confirm", String(said["patch_sha256"]).slice(0, 12)];
    const args = [bin, "integrate", id, ...flags, "--state", served.state];
    const done = spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, ...env } });
    expect(done).toMatchObject({ status: 0 });
    return branchOf(id);
  };
  const bytes = (branch: string, path: string): string =>
    Buffer.from(
      spawnSync("git", ["-C", served.repo, "cat-file", "blob", `${branch}:${path}`]).stdout as Uint8Array,
    ).toString("latin1");

  test.each([
    ["trailing white space", "src/a.ts", "two", "two \t ", "one\ntwo \t \nthree\n", 1],
    ["one line of a CRLF file", "src/crlf.ts", "y", "Y", "x\r\nY\r\nz\r\n", 1],
    [
      "the line before a missing line end",
      "src/open.ts",
      "first",
      "FIRST",
      "FIRST\nlast without line end",
      1,
    ],
  ])(
    "%s is exactly the proposed bytes, one changed line, the attested tree",
    async (_, path, from, to, result, lines) => {
      const before = snapshotOf(served.repo);
      const branch = await lands([replaced(path, from, to)]);
      expect(bytes(branch, path)).toBe(result);
      const stat = git(served.repo, "diff", "--numstat", "main", branch);
      expect(stat.trim()).toBe(`${lines}\t${lines}\t${path}`);
      const message = git(served.repo, "log", "-1", "--format=%B", branch);
      const id = /Countersign-Patch-Id: (\S+)/.exec(message)?.[1] ?? "";
      const verdict = readFileSync(join(served.state, "exchange", "verdicts", `${id}.dsse.json`), "utf8");
      const { payload } = JSON.parse(verdict) as { payload: string };
      expect(Buffer.from(payload, "base64").toString()).toContain(
        git(served.repo, "rev-parse", `${branch}^{tree}`).trim(),
      );
      // The branch is new and one commit; where the person is, and what they have, did not change.
      expect(git(served.repo, "rev-list", "--count", `main..${branch}`).trim()).toBe("1");
      expect(git(served.repo, "branch", "--show-current").trim()).toBe("main");
      expect(snapshotOf(served.repo)).toEqual(before);
      expect(message.match(/^Countersign-[A-Za-z-]+: \S/gm)?.length).toBeGreaterThanOrEqual(3);
      expect(message).toContain("A change that a test proposes.");
    },
  );

  test("a good and a missing file together: nothing of it, no branch, no change", async () => {
    const before = [snapshotOf(served.repo), git(served.repo, "for-each-ref")];
    const edits = [replaced("src/a.ts", "one", "eins"), replaced("src/none.ts", "x", "y")];
    expect(refusalCode(await propose(served, { edits }))).toBe("target_missing");
    expect([snapshotOf(served.repo), git(served.repo, "for-each-ref")]).toEqual(before);
  });

  test("no remote was contacted; the canary lives", () => {
    expect(existsSync(join(aside, "contacted"))).toBe(false);
    expect(() => git(served.repo, "fetch")).toThrow(/./);
    expect(existsSync(join(aside, "contacted"))).toBe(true);
  });
});

describe("at the landing, past gateway and validator", () => {
  let desk: Desk;
  beforeEach(() => {
    desk = openDesk();
  });
  afterEach(() => desk.remove());
  const refs = (): string => git(desk.repo, "for-each-ref");

  test("a genuine signature over a patch of which one file does not apply: refused, nothing is left", async () => {
    const good = patchOf(desk.repo, { "src/a.txt": "one\nTWO\nthree\n" }).patch;
    const missing =
      "diff --git a/src/none.txt b/src/none.txt\n--- a/src/none.txt\n+++ b/src/none.txt\n@@ -1 +1 @@\n-x\n+y\n";
    const patch = good.replace(/^index .*\n/m, "") + missing;
    const made = await signed(desk, { order: { patch, patch_sha256: sha256(patch) } });
    const before = [refs(), snapshotOf(desk.repo)];
    const { code, answer } = await attempt(desk, made.id);
    expect(code).toBe(1);
    expect(answer).toMatch(/^(result_differs|target_missing|base_moved|apply_failed)$/);
    expect([refs(), snapshotOf(desk.repo)]).toEqual(before);
  });

  test(
    "an order and a verdict that are swapped while they are read: the attested tree or a refusal",
    { timeout: 60_000 },
    async () => {
      const seen = new Set<string>();
      for (let round = 0; round < 5; round++) {
        const edit = { [`src/round-${round}.txt`]: "attested\n" };
        const made = await signed(desk, { edit });
        const evil = await signed(desk, {
          edit: { [`src/round-${round}.txt`]: "never attested under this id\n" },
        });
        const swapper = swap(["orders", "verdicts"], made.id, evil.id);
        for (let n = 0; n < 3; n++) seen.add((await attempt(desk, made.id, { dryRun: true })).answer);
        const { answer, landing } = await attempt(desk, made.id);
        seen.add(answer);
        const gone = new Promise((resolve) => {
          swapper.once("exit", resolve);
        });
        swapper.kill("SIGKILL");
        await gone;
        const branch = landingBranch(made.id);
        if (landing.result.kind === "landed")
          expect(git(desk.repo, "show", `${branch}:src/round-${round}.txt`)).toBe("attested\n");
        else expect(refs()).not.toContain(branch);
      }
      // The race was one: some attempts met the foreign bytes, some the genuine ones.
      expect(seen.size).toBeGreaterThan(1);
      expect([...seen].filter((answer) => ["passed", "landed"].includes(answer))).not.toEqual([]);
      expect([...seen]).not.toContain("result_differs");
    },
  );

  /** A process that replaces the files of `id` by those of `other` and back, again and again. */
  function swap(places: readonly string[], id: string, other: string): ReturnType<typeof spawn> {
    const files = places.map((place) => {
      const end = place === "orders" ? ".json" : ".dsse.json";
      const file = join(desk.places.exchange, place, `${id}${end}`);
      return { file, own: readFileSync(file, "utf8"), other: foreign(place, id, other, end) };
    });
    const plan = join(desk.places.root, "swap.json");
    writeFileSync(plan, JSON.stringify(files));
    const code = `
      const fs = require("node:fs");
      const files = JSON.parse(fs.readFileSync(${JSON.stringify(plan)}, "utf8"));
      const put = (file, text) => { fs.writeFileSync(file + ".swap", text); fs.renameSync(file + ".swap", file); };
      for (let n = 0; ; n++) {
        const one = files[n % files.length];
        put(one.file, one.other);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, n % 5);
        put(one.file, one.own);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, n % 7);
      }`;
    return spawn(process.execPath, ["-e", code], { stdio: "ignore" });
  }

  /** The other patch's file, an order of it made out to `id`: only its bytes tell that it is another. */
  function foreign(place: string, id: string, other: string, end: string): string {
    const text = readFileSync(join(desk.places.exchange, place, `${other}${end}`), "utf8");
    return place === "orders" ? text.replaceAll(other, id) : text;
  }
});
