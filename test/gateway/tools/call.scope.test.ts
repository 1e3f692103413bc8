// X10, D07, D08, I17: what a caller may not see or use does not exist for it, and no answer tells otherwise.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { toolNames } from "../../../src/core/identity/scope.ts";
import type { Caller } from "../../../src/gateway/tools/tool.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

const files = {
  "docs/a.md": "needle in docs\n",
  "docs/b.md": "docs\n",
  "docs/deep/c.md": "c\n",
  // Within docs/, and not seen by a scope of Markdown.
  "docs/Plan.txt": "secret needle\n",
  "docs/box": "a file that nobody may propose\n",
  "src/a.ts": "needle in src\n",
  "src/secret/key.ts": "needle key\n",
  "src/damaged.ts": "needle damaged\n",
};
const omitted = [
  { path: "docs/pic.md", reason: "too_large" as const },
  { path: "src/pic.png", reason: "binary" as const },
];
const LIMITS = "[calls]\nper_minute = 100000\n[proposal]\nper_hour = 10000\nmax_pending = 100\n";
let lab: GatewayLab;
let base: string;
let writer: ReturnType<GatewayLab["as"]>;
let coder: ReturnType<GatewayLab["as"]>;

beforeAll(async () => {
  lab = await gatewayLab({ toml: LIMITS });
  base = await lab.publish(files, { omitted });
  await lab.shelf.refresh();
  const digest = sha256(files["src/damaged.ts"]);
  writeFileSync(join(lab.layout.exchange, "published/blobs", digest.slice(0, 2), digest), "changed\n");
  writer = lab.as("writer", { roles: ["proposer"], paths: [["docs/**/*.md"]] });
  coder = lab.as("coder", { roles: ["proposer"], paths: [["src/**"]] });
});
afterAll(() => lab.stop());

const paths = (answer: Record<string, unknown>, field: string): readonly string[] =>
  (answer[field] as { path: string }[]).map(({ path }) => path);

describe("reading", () => {
  test("two principals see two manifests, under one digest, also in the totals", async () => {
    const [docs, src] = [
      await lab.output("read-manifest", {}, writer),
      await lab.output("read-manifest", {}, coder),
    ];
    expect(paths(docs, "entries")).toEqual(["docs/a.md", "docs/b.md", "docs/deep/c.md"]);
    expect(paths(docs, "omitted")).toEqual(["docs/pic.md"]);
    expect(paths(src, "entries")).toEqual(["src/a.ts", "src/damaged.ts", "src/secret/key.ts"]);
    expect(paths(src, "omitted")).toEqual(["src/pic.png"]);
    expect(docs).toMatchObject({ total: 3, manifest: base });
    expect(src).toMatchObject({ total: 3, manifest: base });
  });

  test.each(["src/a.ts", "src/secret/key.ts", "docs/Plan.txt", "src/pic.png", "docs"])(
    "%s is answered like a file that never was",
    async (path) => {
      const bare = async (name: string) => {
        const outcome = await lab.call("read-file", { path: name }, writer);
        return JSON.stringify(outcome)
          .replaceAll(name, "PATH")
          .replaceAll(/"ref":"[^"]+"/g, "");
      };
      expect(await bare(path)).toBe(await bare("none/such.ts"));
      expect(await lab.code("read-file", { path }, writer)).toBe("not_listed");
    },
  );

  test("search finds, counts and complains only about what is seen", async () => {
    const found = await lab.output("search-files", { query: "needle" }, writer);
    expect(paths(found, "matches")).toEqual(["docs/a.md"]);
    expect(found).toMatchObject({ files_searched: 3, damaged: [], next_cursor: null });
    expect((await lab.output("search-files", { query: "needle" }, coder))["damaged"]).toEqual([
      "src/damaged.ts",
    ]);
  });

  test("positions in cursors count only what is seen, and a cursor of another scope is none", async () => {
    const large = await gatewayLab({ toml: LIMITS });
    const many = (folder: string): [string, string][] =>
      Array.from({ length: 300 }, (_, n) => [`${folder}/${String(n).padStart(3, "0")}.md`, "needle\n"]);
    await large.publish(Object.fromEntries([...many("a"), ...many("z")]));
    await large.shelf.refresh();
    const first = large.as("first", { paths: [["a/**"]] });
    const last = large.as("last", { paths: [["z/**"]] });
    for (const [tool, args, page] of [
      ["read-manifest", {}, 250],
      ["search-files", { query: "needle" }, 100],
    ] as const) {
      const cursor = String((await large.output(tool, args, last))["next_cursor"]);
      expect(Buffer.from(cursor, "base64").toString().split(".").slice(1)).toEqual([`${page}`, "0"]);
      expect(await large.code(tool, { ...args, cursor }, last)).toBeUndefined();
      expect(await large.code(tool, { ...args, cursor }, first)).toBe("cursor_invalid");
      expect(await large.code(tool, { ...args, cursor })).toBe("cursor_invalid");
    }
    await large.stop();
  });
});

describe("proposing", () => {
  const create = (path: string) => ({ edits: [{ op: "create", path, new_text: "new\n" }] });
  const replace = (path: string) => ({
    edits: [{ op: "replace", path, old_text: "needle", new_text: "x" }],
  });
  const rename = (path: string, new_path: string) => ({ edits: [{ op: "rename", path, new_path }] });
  const remove = (path: string) => ({ edits: [{ op: "delete", path }] });
  const newFile = (path: string) => ({
    diff: `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+new\n`,
  });
  const copied = (from: string, to: string) => ({
    diff: `diff --git a/${from} b/${to}\nsimilarity index 100%\ncopy from ${from}\ncopy to ${to}\n`,
  });
  const ask = (content: object, caller: Partial<Caller>) =>
    lab.call("propose-patch", proposalArgs(base, { ...content, dry_run: true }), caller);

  test.each<[string, (path: string) => object, string, string, string]>([
    ["a new file", create, "src/a.ts", "src/q.ts", "target_create"],
    ["a new file, as a diff", newFile, "src/a.ts", "src/q.ts", "target_create"],
    ["a new file below a hidden one", create, "src/a.ts/x.md", "src/q.ts/x.md", "target_create"],
    ["a new file of another case", create, "SRC/a.ts", "SRC/q.ts", "target_create"],
    ["a change", replace, "src/a.ts", "src/q.ts", "target_missing"],
    ["a deletion", remove, "src/a.ts", "src/q.ts", "target_missing"],
    [
      "a renaming of a hidden file",
      (path) => rename(path, "docs/n.md"),
      "src/a.ts",
      "src/q.ts",
      "target_missing",
    ],
    [
      "a renaming to a hidden one",
      (path) => rename("docs/a.md", path),
      "src/a.ts",
      "src/q.ts",
      "target_create",
    ],
    [
      "a copy of a hidden file",
      (path) => copied(path, "docs/n.md"),
      "src/a.ts",
      "src/q.ts",
      "target_missing",
    ],
    ["a change of a hidden file nearby", replace, "docs/Plan.txt", "docs/Plum.txt", "target_missing"],
    ["a new file nearby", create, "docs/Plan.txt", "docs/Plum.txt", "target_create"],
  ])("%s outside the scope: there or not, the answer is one", async (_, content, hidden, missing, code) => {
    const [there, absent] = await Promise.all(
      [hidden, missing].map(async (path) => {
        const outcome = await ask(content(path), writer);
        return JSON.stringify(outcome)
          .replaceAll(path, "PATH")
          .replaceAll(/"ref":"[^"]+"/g, "");
      }),
    );
    expect(there).toBe(absent);
    expect(there).toContain(`"code":"${code}"`);
  });

  test("the same calls are about real files for who sees them", async () => {
    expect(await ask(create("src/a.ts"), coder)).toMatchObject({ refusal: { code: "target_exists" } });
    expect(await ask(create("SRC/a.ts"), lab.as("all"))).toMatchObject({
      refusal: { code: "target_case", message: "differs only in case from src" },
    });
    expect(await ask(replace("src/a.ts"), coder)).toMatchObject({ kind: "answer" });
    expect(await ask(create("docs/n.md"), writer)).toMatchObject({ kind: "answer" });
    expect(await ask(create("docs/a.md"), writer)).toMatchObject({ refusal: { code: "target_exists" } });
    expect(await ask(create("docs/Deep/n.md"), writer)).toMatchObject({
      refusal: { code: "target_case", message: "differs only in case from docs/deep" },
    });
  });

  // The place is the caller's, so the call goes on: the validator knows the whole tree and refuses.
  test("a new file within the scope is not told of a hidden one that it collides with", async () => {
    expect(await ask(create("docs/box/n.md"), writer)).toMatchObject({ kind: "answer" });
    expect(await ask(create("docs/box/n.md"), lab.as("all"))).toMatchObject({
      refusal: { code: "target_exists", message: "docs/box is a file, not a folder" },
    });
  });

  test("what the validator says of such a collision does not name the hidden file", async () => {
    const answer = await lab.output("propose-patch", proposalArgs(base, create("docs/box/n.md")), writer);
    const id = answer["patch_id"] as PatchId;
    lab.store.settle({
      id,
      state: "rejected",
      statement: null,
      reasons: [refusal("target_case", "differs only in case from docs/BOX-hidden", "docs/box/n.md")],
      note: { event: "verdict.received", actor: { principal: "test" }, data: {} },
    });
    const seen = JSON.stringify(await lab.output("patch-status", { patch_id: id }, writer));
    expect(seen).toContain("target_case");
    expect(seen).not.toContain("hidden");
    const open = lab.as("writer");
    expect(JSON.stringify(await lab.output("patch-status", { patch_id: id }, open))).toContain("BOX-hidden");
  });

  test("claims are refused in the verified lane, at any number of them", async () => {
    const verified = lab.as("v", { lane: "verified" });
    const evidence = [{ name: "tests", value: "all passed" }];
    const asked = (caller: Partial<Caller>, claims: unknown) =>
      ask({ ...create("docs/n.md"), evidence: claims }, caller);
    expect(await asked(verified, evidence)).toMatchObject({
      kind: "refused",
      refusal: { code: "lane_asserted", where: "evidence" },
    });
    expect(await asked(verified, [])).toMatchObject({ kind: "answer" });
    expect(await asked(lab.as("a"), evidence)).toMatchObject({ kind: "answer" });
  });
});

describe("tools", () => {
  test("one outside the scope is unauthorized, whatever its arguments, and nothing of the schema is said", async () => {
    const reader = lab.as("reader", { tools: ["read-manifest", "read-file", "search-files"] });
    for (const args of [{}, proposalArgs(base, { edits: [] }), { nonsense: "x".repeat(5000) }])
      expect(await lab.call("propose-patch", args, reader)).toMatchObject({
        kind: "refused",
        refusal: {
          code: "unauthorized",
          where: "propose-patch",
          message: "the caller may not use this tool",
        },
      });
    expect(lab.entries().at(-1)).toMatchObject({
      event: "call.refused",
      actor: { principal: "reader" },
      data: {
        gate: "size=true principal=true tool=true authorized=false incident=true schema=unknown rate=true budget=true",
      },
    });
    expect(await lab.code("read-file", { path: "src/a.ts" }, reader)).toBeUndefined();
  });

  test("an empty list of tools is none at all", async () => {
    const nobody = lab.as("nobody", { tools: [] });
    for (const tool of toolNames) expect(await lab.code(tool, {}, nobody)).toBe("unauthorized");
  });
});

describe("tools that the configuration hides", () => {
  let hiding: GatewayLab;
  test.each<[string, string, readonly string[]]>([
    ["deny beats allow", 'allow = ["read-file", "read-manifest"]\ndeny = ["read-file"]', ["read-manifest"]],
    ["an empty allow is none", "allow = []", []],
    [
      "deny alone",
      'deny = ["propose-patch", "withdraw-patch"]',
      toolNames.filter((name) => !/propose|withdraw/.test(name)),
    ],
  ])("%s", async (_, toml, left) => {
    hiding = await gatewayLab({ toml: `[server.tools]\n${toml}\n` });
    expect([...hiding.tools.keys()]).toEqual(left);
    for (const name of toolNames.filter((tool) => !left.includes(tool))) {
      const [hidden, invented] = await Promise.all(
        [name, "invented"].map(async (tool) => {
          const outcome = await hiding.call(tool, {});
          return JSON.stringify(outcome)
            .replaceAll(tool, "TOOL")
            .replaceAll(/"ref":"[^"]+"/g, "");
        }),
      );
      expect(hidden).toBe(invented);
      expect(hidden).toContain("tool_unknown");
    }
    await hiding.stop();
  });
});
