// From an agent's words to the canonical patch: refusals for diffs and edits, and the one text that goes on.
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { composePatch, type ComposedPatch, type PatchInput } from "../../../src/core/proposal/compose.ts";
import type { Edit } from "../../../src/core/proposal/edits.ts";
import type { Result } from "../../../src/core/base/refusal.ts";
import type { Tree, TreeFile } from "../../support/git-lab.ts";
import { configOf, serve } from "../../support/served.ts";

const file = (text: string | Uint8Array, mode: TreeFile["mode"] = "100644"): TreeFile => ({
  mode,
  bytes: Buffer.from(text),
});
const lines = (n: number): string => Array.from({ length: n }, (_, i) => `line ${i + 1}\n`).join("");

const tree: Tree = new Map([
  ["a.md", file("one\ntwo\nthree\n")],
  ["b.md", file("other\n")],
  ["bin/run.sh", file("#!/bin/sh\necho\n", "100755")],
  ["crlf.txt", file("one\r\ntwo\r\n")],
  ["empty.md", file("")],
  ["latin.txt", file(Buffer.from("caf\xe9\nrest\n", "latin1"))],
  ["long.md", file(lines(100))],
  ["hidden.md", file("not served\n")],
  ["constructor", file("a\n")],
]);

const compose = (input: PatchInput, toml = ""): Promise<Result<ComposedPatch>> => {
  const served = serve(tree, (path) => path === "hidden.md");
  return composePatch(input, served.manifest, served.read, configOf(toml));
};
const edits = (...list: readonly Edit[]): Promise<Result<ComposedPatch>> => compose({ edits: list });
const patch = async (result: Promise<Result<ComposedPatch>>): Promise<string> => {
  const composed = await result;
  if (!composed.ok) throw new Error(composed.refusal.message);
  expect(composed.value.sha256).toBe(sha256(composed.value.patch));
  return composed.value.patch;
};

const replace = (path: string, old_text: string, new_text: string): Edit => ({
  op: "replace",
  path,
  old_text,
  new_text,
});
const create = (path: string, new_text: string): Edit => ({ op: "create", path, new_text });
const remove = (path: string): Edit => ({ op: "delete", path });
const rename = (path: string, new_path: string): Edit => ({ op: "rename", path, new_path });

describe("edits that are refused", () => {
  test.each<[string, readonly Edit[], string]>([
    ["none", [], "diff_empty"],
    ["a file that is not listed", [replace("hidden.md", "not", "x")], "target_missing"],
    ["a name of an object's own", [replace("toString", "a", "b")], "target_missing"],
    ["a path that is none", [replace("../a.md", "a", "b")], "path_segment"],
    ["a new file with such a path", [create(".git/hooks/x", "a")], "path_git"],
    ["moved to such a path", [rename("a.md", "/etc/x")], "path_absolute"],
    ["no change", [replace("a.md", "two", "two")], "diff_empty"],
    ["moved to itself", [rename("a.md", "a.md")], "diff_empty"],
    ["not there", [replace("a.md", "four", "five")], "edit_missing"],
    ["ambiguous", [replace("a.md", "e", "x")], "edit_ambiguous"],
    ["created twice", [create("n.md", "a"), create("n.md", "b")], "edit_overlap"],
    ["created and changed", [create("n.md", "a"), replace("n.md", "a", "b")], "edit_overlap"],
    ["deleted twice", [remove("a.md"), remove("a.md")], "edit_overlap"],
    ["deleted and changed", [remove("a.md"), replace("a.md", "one", "x")], "edit_overlap"],
    ["deleted and created", [remove("a.md"), create("a.md", "x")], "edit_overlap"],
    ["moved twice", [rename("a.md", "c.md"), rename("a.md", "d.md")], "edit_overlap"],
    ["created where another moves", [create("n.md", "a"), rename("a.md", "n.md")], "edit_overlap"],
    ["created where another left", [rename("a.md", "n.md"), create("n.md", "x")], "edit_overlap"],
    ["moved onto a changed file", [rename("a.md", "b.md"), replace("b.md", "other", "x")], "edit_overlap"],
    ["moved onto a deleted file", [rename("a.md", "b.md"), remove("b.md")], "edit_overlap"],
    ["two moved to one place", [rename("a.md", "n.md"), rename("b.md", "n.md")], "edit_overlap"],
    ["swapped", [rename("a.md", "b.md"), rename("b.md", "a.md")], "edit_overlap"],
    ["lone surrogate", [create("n.md", "\ud800")], "input_invalid"],
    ["lone surrogate looked for", [replace("a.md", "\udc00", "x")], "input_invalid"],
    ["NUL", [create("n.md", "a\0b")], "diff_binary"],
    ["a file that is not UTF-8", [replace("latin.txt", "rest", "x")], "diff_binary"],
  ])("%s", async (_, list, code) => {
    expect(await edits(...list)).toMatchObject({ ok: false, refusal: { code } });
  });

  test("content that the reader cannot get, or that changed under its digest", async () => {
    const served = serve(tree);
    const lost = composePatch(
      { edits: [replace("a.md", "one", "x")] },
      served.manifest,
      async () => undefined,
      configOf(),
    );
    expect(await lost).toMatchObject({ ok: false, refusal: { code: "blob_damaged", where: "a.md" } });
  });
});

describe("the limit of changed lines", () => {
  const rewrite = (path: string, n: number): Edit => create(path, lines(n));
  const limit = "proposal.max_changed_lines = 60";

  test("is shared by all files, so that many files cannot buy time", async () => {
    expect((await compose({ edits: [rewrite("x.md", 30), rewrite("y.md", 30)] }, limit)).ok).toBe(true);
    expect(await compose({ edits: [rewrite("x.md", 30), rewrite("y.md", 31)] }, limit)).toMatchObject({
      ok: false,
      refusal: { code: "too_many_lines", where: "y.md" },
    });
    expect(await compose({ edits: [remove("long.md")] }, limit)).toMatchObject({
      ok: false,
      refusal: { code: "too_many_lines" },
    });
  });

  test("leaves room for a plain move", async () => {
    expect((await compose({ edits: [rewrite("x.md", 60), rename("a.md", "c.md")] }, limit)).ok).toBe(true);
  });

  test("twenty rewritten files are answered in time", async () => {
    const big = new Map(Array.from({ length: 20 }, (_, i) => [`f${i}.md`, file(lines(2000))] as const));
    const served = serve(big);
    const rewritten = [...big.keys()].map((path): Edit =>
      replace(path, lines(2000), lines(2000).replaceAll("line", "row")),
    );
    expect(await composePatch({ edits: rewritten }, served.manifest, served.read, configOf())).toMatchObject({
      ok: false,
    });
  });
});

describe("diffs that are refused", () => {
  const head = (path: string): string => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`;
  test.each([
    ["prose", "Please change it.\n", "diff_phantom"],
    ["lone surrogate", `${head("a.md")}@@ -1 +1 @@\n-one\n+\ud800\n`, "diff_malformed"],
    ["not listed", `${head("hidden.md")}@@ -1 +1 @@\n-not served\n+x\n`, "target_missing"],
    ["does not apply", `${head("a.md")}@@ -1,2 +1,2 @@\n-ONE\n+x\n two\n`, "diff_context"],
    ["applies two lines further down only", `${head("a.md")}@@ -1 +1 @@\n-three\n+x\n`, "diff_context"],
    ["changes a line into itself", `${head("b.md")}@@ -1 +1 @@\n-other\n+other\n`, "diff_empty"],
    [
      "deletion that leaves lines",
      "diff --git a/a.md b/a.md\ndeleted file mode 100644\n--- a/a.md\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n",
      "diff_context",
    ],
    [
      "deletion without lines of a file that has some",
      "diff --git a/a.md b/a.md\ndeleted file mode 100644\n",
      "diff_context",
    ],
    [
      "moved from a file that is not listed",
      "diff --git a/hidden.md b/c.md\nrename from hidden.md\nrename to c.md\n",
      "target_missing",
    ],
    [
      "copied from a file that is not listed",
      "diff --git a/hidden.md b/c.md\ncopy from hidden.md\ncopy to c.md\n",
      "target_missing",
    ],
    [
      "replacement character where the file has latin-1",
      `${head("latin.txt")}@@ -1,2 +1,2 @@\n-caf\ufffd\n+x\n rest\n`,
      "diff_context",
    ],
  ])("%s", async (_, diff, code) => {
    expect(await compose({ diff })).toMatchObject({ ok: false, refusal: { code } });
  });
});

describe("the patch that goes on", () => {
  const CHANGE =
    "diff --git a/a.md b/a.md\n--- a/a.md\n+++ b/a.md\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";

  test("is the same for edits and for any spelling of the diff", async () => {
    expect(await patch(edits(replace("a.md", "two", "TWO")))).toBe(CHANGE);
    const spellings = [
      CHANGE,
      "--- a/a.md\n+++ b/a.md\n@@ -2,2 +2,2 @@ whatever\n-two\n+TWO\n three\n",
      'diff --git "a/a.md" "b/a.md"\nindex 1234567..89abcde 100755\n--- "a/a.md"\n+++ "b/a.md"\n@@ -1,3 +1,3 @@\n-one\n-two\n-three\n+one\n+TWO\n+three\n',
    ];
    for (const diff of spellings) expect(await patch(compose({ diff }))).toBe(CHANGE);
  });

  test("keeps line ends, and tells a missing one", async () => {
    expect(await patch(edits(replace("crlf.txt", "two\r\n", "2")))).toBe(
      "diff --git a/crlf.txt b/crlf.txt\n--- a/crlf.txt\n+++ b/crlf.txt\n@@ -1,2 +1,2 @@\n one\r\n-two\r\n+2\n\\ No newline at end of file\n",
    );
  });

  test("moves and changes in one section, and leaves the mode to the file", async () => {
    expect(await patch(edits(rename("bin/run.sh", "bin/go.sh"), replace("bin/run.sh", "echo", "true")))).toBe(
      "diff --git a/bin/run.sh b/bin/go.sh\nrename from bin/run.sh\nrename to bin/go.sh\n--- a/bin/run.sh\n+++ b/bin/go.sh\n@@ -1,2 +1,2 @@\n #!/bin/sh\n-echo\n+true\n",
    );
    expect(await patch(edits(remove("bin/run.sh")))).toMatch(/^deleted file mode 100755$/m);
  });

  test("shows all of a copied file", async () => {
    expect(await patch(compose({ diff: "diff --git a/b.md b/c.md\ncopy from b.md\ncopy to c.md\n" }))).toBe(
      "diff --git a/c.md b/c.md\nnew file mode 100644\n--- /dev/null\n+++ b/c.md\n@@ -0,0 +1 @@\n+other\n",
    );
  });

  test("creates and deletes empty files", async () => {
    expect(await patch(edits(create("n.md", ""), remove("empty.md")))).toBe(
      "diff --git a/empty.md b/empty.md\ndeleted file mode 100644\ndiff --git a/n.md b/n.md\nnew file mode 100644\n",
    );
  });

  test("looks every old text up in the text as it was served", async () => {
    expect(await patch(edits(replace("a.md", "one", "two"), replace("a.md", "two", "one")))).toMatch(
      /-one\n two\n\+one\n three/,
    );
  });

  test("an executable new file is said to be one only by a diff", async () => {
    const diff =
      "diff --git a/x.sh b/x.sh\nnew file mode 100755\n--- /dev/null\n+++ b/x.sh\n@@ -0,0 +1 @@\n+a\n";
    expect(await patch(compose({ diff }))).toBe(diff);
  });

  test("a file may be called like a property of objects", async () => {
    expect(await patch(edits(replace("constructor", "a", "b")))).toContain("+b\n");
  });
});
