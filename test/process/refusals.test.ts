// Every way of saying no in one walk through real processes: its own reason code, an audit entry, nothing changed in the repository.
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
import { create, FILES, LIMITS, replace, snapshot } from "../support/refusal-scene.ts";
import { rpcClient } from "../support/rpc.ts";
import { git, removeScratch, scratchRepository, writeFiles } from "../support/scratch.ts";

const diffOf = (path: string, body: string): string =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${body}`;
const manyHunks = (count: number): string => {
  const hunk = (first: number): string =>
    `@@ -${first},3 +${first},3 @@\n line ${first}\n-line ${first + 1}\n+LINE ${first + 1}\n line ${first + 2}\n`;
  return diffOf("src/long.md", Array.from({ length: count }, (_, i) => hunk(20 * i + 10)).join(""));
};
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
