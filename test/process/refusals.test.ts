// Every way of saying no in one walk through real processes: its own reason code, an audit entry, nothing changed in the repository.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bin,
  type Content,
  content,
  initState,
  person,
  propose,
  publishedBase,
  refusalCode,
  type Served,
  serve,
} from "../support/agent.ts";
import { auditEntries } from "../support/log.ts";
import { rpcClient } from "../support/rpc.ts";
import { git, removeScratch, scratchRepository, writeFiles } from "../support/scratch.ts";

/** The limits of the `default` preset, so that the numbers below are the documented ones. */
const LIMITS =
  "[proposal]\nmax_files = 5\nmax_hunk_lines = 100\nmax_changed_lines = 500\nper_hour = 10000\n[calls]\nper_minute = 100000\n";
const LINES = Array.from({ length: 700 }, (_, i) => `line ${i + 1}\n`);
const FILES = {
  "src/a.ts": "export const a = 1;\nexport const b = 1;\nexport const c = 1;\n",
  "src/twice.ts": "same\nother\nsame\n",
  "src/long.md": LINES.join(""),
  ...Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`src/f${i}.ts`, `export const f = ${i};\n`])),
  ".env": "TOKEN=hidden-from-agents\n",
  ".github/workflows/ci.yml": "on: push\n",
};

/** Everything in the repository that a refusal could have changed. */
function snapshot(repo: string): string {
  return [
    "status --porcelain",
    "rev-parse HEAD",
    "for-each-ref",
    "ls-files --stage",
    "count-objects -v",
    "stash list",
  ]
    .map((args) => git(repo, ...args.split(" ")))
    .join("--\n");
}

const diffOf = (path: string, body: string): string =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${body}`;
const manyHunks = (count: number): string => {
  const hunk = (first: number): string =>
    `@@ -${first},3 +${first},3 @@\n line ${first}\n-line ${first + 1}\n+LINE ${first + 1}\n line ${first + 2}\n`;
  return diffOf("src/long.md", Array.from({ length: count }, (_, i) => hunk(20 * i + 10)).join(""));
};
const create = (path: string, text: string): Content => ({ edits: [{ op: "create", path, new_text: text }] });
const replace = (path: string, old_text: string, new_text: string): Content => ({
  edits: [{ op: "replace", path, old_text, new_text }],
});

const REFUSED: readonly (readonly [what: string, change: Content, code: string])[] = [
  ["an unlisted file", replace(".env", "TOKEN", "X"), "target_missing"],
  ["an unknown base", { base: "0".repeat(64), ...replace("src/a.ts", "a = 1", "a = 2") }, "base_unknown"],
  [
    "a context that does not match",
    { diff: diffOf("src/a.ts", "@@ -1 +1 @@\n-export const a = 9;\n+export const a = 2;\n") },
    "diff_context",
  ],
  ["an ambiguous edit", replace("src/twice.ts", "same", "x"), "edit_ambiguous"],
  ["an edit whose text is missing", replace("src/a.ts", "nowhere", "x"), "edit_missing"],
  [
    "overlapping hunks",
    {
      diff: diffOf(
        "src/a.ts",
        "@@ -1,2 +1,2 @@\n-export const a = 1;\n+export const a = 2;\n export const b = 1;\n@@ -2 +2 @@\n-export const b = 1;\n+export const b = 2;\n",
      ),
    },
    "diff_overlap",
  ],
  [
    "a phantom diff in front",
    {
      diff: `Subject: a mail\n\n${diffOf("src/a.ts", "@@ -1 +1 @@\n-export const a = 1;\n+export const a = 2;\n")}`,
    },
    "diff_phantom",
  ],
  [
    "6 files",
    {
      edits: Array.from({ length: 6 }, (_, i) => ({
        op: "replace",
        path: `src/f${i}.ts`,
        old_text: `f = ${i}`,
        new_text: "f = 99",
      })),
    },
    "too_many_files",
  ],
  ["21 hunks", { diff: manyHunks(21) }, "too_many_hunks"],
  [
    "501 lines",
    {
      edits: [0, 1, 2, 3, 4, 5]
        .slice(0, 5)
        .map((i) => ({ op: "create", path: `src/n${i}.md`, new_text: "x\n".repeat(i === 4 ? 101 : 100) })),
    },
    "too_many_lines",
  ],
  ["101 lines in a hunk", create("src/n.md", "x\n".repeat(101)), "hunk_too_large"],
  ["2001 characters in a line", create("src/n.md", `${"é".repeat(2001)}\n`), "line_too_long"],
  ["an unknown key", { ...replace("src/a.ts", "a = 1", "a = 2"), repository: "/etc" }, "input_invalid"],
  ["high risk", { ...replace("src/a.ts", "a = 1", "a = 2"), risk_level: "high" }, "input_invalid"],
  [
    "a short rationale",
    { ...replace("src/a.ts", "a = 1", "a = 2"), rationale: "too short" },
    "input_invalid",
  ],
  ["a traversal", create("../x.ts", "x\n"), "path_segment"],
  ["a file of git's", create(".git/hooks/pre-commit", "x\n"), "path_git"],
  ["a kind that may not be proposed", create("src/x.exe", "x\n"), "target_kind"],
];

describe("at the gateway", () => {
  let served: Served;
  let before: string;
  beforeAll(async () => {
    const repo = scratchRepository("refusals", FILES);
    before = snapshot(repo);
    served = await serve(repo, LIMITS);
  });
  afterAll(async () => {
    await served.stop();
    removeScratch(served.repo);
  });

  test.each(REFUSED)("%s", async (_, change, code) => {
    const answer = await propose(served, change, 0);
    expect({ code: refusalCode(answer), content: content(answer) }).toMatchObject({ code });
    const refusal = content(answer)["refusal"] as { ref: string; fix: string };
    expect(refusal.fix).not.toBe("");
    const entry = auditEntries(served.state).find(
      (logged) => logged.event === "call.refused" && logged.data["ref"] === refusal.ref,
    );
    expect(entry?.data["reason"]).toBe(code);
    expect(snapshot(served.repo)).toBe(before);
    // The same bad call is refused under the same reference (I04).
    expect((content(await propose(served, change, 0))["refusal"] as { ref: string }).ref).toBe(refusal.ref);
  });

  test("boundaries: what is just within the limits is taken", async () => {
    expect(
      content(
        await propose(served, {
          edits: Array.from({ length: 5 }, (_, i) => ({
            op: "replace",
            path: `src/f${i}.ts`,
            old_text: `f = ${i}`,
            new_text: "f = 99",
          })),
        }),
      )["state"],
    ).toBe("approved");
    expect(content(await propose(served, { diff: manyHunks(20) }))["state"]).toBe("approved");
    expect(content(await propose(served, create("src/n.md", `${"é".repeat(2000)}\n`)))["state"]).toBe(
      "approved",
    );
    expect(
      content(
        await propose(served, {
          edits: [0, 1, 2, 3, 4].map((i) => ({
            op: "create",
            path: `src/n${i}.md`,
            new_text: "x\n".repeat(100),
          })),
        }),
      )["state"],
    ).toBe("approved");
  });

  test("256 KiB and one byte of arguments are refused, in bytes and not in characters", async () => {
    const fixed = {
      base: served.base,
      title: "A change",
      rationale: "A change that a test proposes.",
      change_type: "code_modification",
      risk_level: "low",
      dry_run: true,
    };
    const shell = Buffer.byteLength(JSON.stringify({ ...fixed, ...create("src/n.md", "") }));
    const text = (bytes: number): string =>
      "é".repeat(Math.floor((bytes - shell) / 2)) + "x".repeat((bytes - shell) % 2);
    const large = await served.client.call("propose-patch", {
      ...fixed,
      ...create("src/n.md", text(262_145)),
    });
    expect(refusalCode(large)).toBe("call_too_large");
    const fits = await served.client.call("propose-patch", {
      ...fixed,
      ...create("src/n.md", text(262_144)),
    });
    expect(refusalCode(fits)).toBe("line_too_long");
  });

  test("a base that the repository has left behind", async () => {
    writeFiles(served.repo, { "src/new.ts": "export {};\n" });
    git(served.repo, "add", "-A", "-f");
    git(served.repo, "commit", "-q", "-m", "moved on");
    await publishedBase(served.client, served.base);
    expect(refusalCode(await propose(served, replace("src/a.ts", "a = 1", "a = 2"), 0))).toBe("base_stale");
  });
});

describe("without a validator", () => {
  test("the sixth pending proposal is refused, and the server goes on", async () => {
    const repo = scratchRepository("pending", FILES);
    const state = initState(repo, LIMITS);
    expect(person(state, "validator", "--once").status).toBe(0);
    const client = await rpcClient({
      command: process.execPath,
      args: [bin, "gateway", "--stdio", "--state", state],
    });
    const base = await publishedBase(client);
    const served: Served = { repo, state, client, base, stop: async () => void (await client.close()) };
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => propose(served, replace("src/a.ts", "a = 1", `a = ${i + 2}`), 0)),
    );
    expect(answers.filter((answer) => typeof content(answer)["patch_id"] === "string")).toHaveLength(5);
    expect(answers.filter((answer) => refusalCode(answer) === "too_many_pending")).toHaveLength(7);
    expect(content(await client.call("read-file", { path: "src/a.ts" }))["text"]).toContain("a = 1");
    await served.stop();
    for (const folder of [repo, state]) removeScratch(folder);
  });
});

describe("at the landing", () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(scratchRepository("landings", FILES), LIMITS);
  });
  afterAll(async () => {
    await served.stop();
    removeScratch(served.repo);
  });

  const approved = async (value: number): Promise<{ id: string; sha: string }> => {
    const said = content(await propose(served, replace("src/a.ts", "a = 1", `a = ${value}`)));
    expect(said["state"]).toBe("approved");
    return { id: String(said["patch_id"]), sha: String(said["patch_sha256"]) };
  };
  const refusedLanding = (id: string, code: string, ...more: readonly string[]): void => {
    const before = snapshot(served.repo);
    const result = person(served.state, "integrate", id, ...more);
    expect({ status: result.status, said: result.stdout + result.stderr }).toMatchObject({
      status: 1,
      said: expect.stringContaining(code),
    });
    expect(snapshot(served.repo)).toBe(before);
    const entry = auditEntries(served.state).findLast(
      (logged) => logged.event === "landing.refused" && logged.data["patch_id"] === id,
    );
    expect(entry?.data["reason"]).toBe(code);
  };
  const inExchange = (place: string, name: string): string => join(served.state, "exchange", place, name);
  const changed = (file: string, change: (text: string) => string, then: () => void): void => {
    const text = readFileSync(file, "utf8");
    writeFileSync(file, change(text));
    then();
    writeFileSync(file, text);
  };

  test("a withdrawn patch", async () => {
    const { id } = await approved(10);
    expect(content(await served.client.call("withdraw-patch", { patch_id: id }))["state"]).toBe("withdrawn");
    await expect
      .poll(
        () => person(served.state, "integrate", id).stderr + person(served.state, "integrate", id).stdout,
        { timeout: 10_000 },
      )
      .toContain("patch_withdrawn");
    refusedLanding(id, "patch_withdrawn");
  });

  test("a landed patch", async () => {
    const { id } = await approved(11);
    expect(person(served.state, "integrate", id).status).toBe(0);
    refusedLanding(id, "already_landed");
  });

  test("a changed order, a changed verdict, another policy", async () => {
    const { id } = await approved(12);
    const order = inExchange("orders", `${id}.json`);
    changed(
      order,
      (text) => text.replace("a = 12", "a = 66"),
      () => refusedLanding(id, "order_changed"),
    );
    const verdict = inExchange("verdicts", `${id}.dsse.json`);
    const flip = (text: string): string => {
      const json = JSON.parse(text) as { payload: string };
      const payload = Buffer.from(json.payload, "base64").toString().replace('"APPROVED"', '"REJECTED"');
      return JSON.stringify({ ...json, payload: Buffer.from(payload).toString("base64") });
    };
    changed(verdict, flip, () => refusedLanding(id, "verdict_signature"));
    changed(
      join(served.state, "countersign.toml"),
      (text) => text.replace("max_files = 5", "max_files = 4"),
      () => refusedLanding(id, "policy_changed"),
    );
    expect(person(served.state, "integrate", id).status).toBe(0);
  });

  test("REJECTED stays out, whatever is confirmed; MANUAL_REQUIRED needs the right prefix", async () => {
    const rejected = content(
      await propose(served, replace(".github/workflows/ci.yml", "on: push", "on: [push]")),
    );
    expect(rejected["state"]).toBe("rejected");
    refusedLanding(String(rejected["patch_id"]), "verdict_rejected");
    refusedLanding(
      String(rejected["patch_id"]),
      "verdict_rejected",
      "--confirm",
      String(rejected["patch_sha256"]).slice(0, 16),
    );
    const manual = content(await propose(served, create("src/auth/login.ts", "export {};\n")));
    expect(manual["state"]).toBe("manual_required");
    refusedLanding(String(manual["patch_id"]), "confirm_required");
    refusedLanding(String(manual["patch_id"]), "confirm_mismatch", "--confirm", "0".repeat(12));
    expect(
      person(
        served.state,
        "integrate",
        String(manual["patch_id"]),
        "--confirm",
        String(manual["patch_sha256"]).slice(0, 12),
      ).status,
    ).toBe(0);
  });

  test("the same verdict landed by two processes at once: exactly one wins", async () => {
    for (let round = 0; round < 5; round++) {
      const { id } = await approved(100 + round);
      const both = [0, 1].map(
        () =>
          new Promise<number | null>((resolve) => {
            spawn(process.execPath, [bin, "integrate", id, "--state", served.state], {
              stdio: "ignore",
            }).once("exit", resolve);
          }),
      );
      expect((await Promise.all(both)).toSorted()).toEqual([0, 1]);
      const entries = auditEntries(served.state).filter((logged) => logged.data["patch_id"] === id);
      expect(entries.filter((logged) => logged.event === "landing.landed")).toHaveLength(1);
      expect(entries.filter((logged) => logged.event === "landing.refused")).toHaveLength(1);
    }
  });
});
