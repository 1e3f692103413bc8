// G17–G20, X06: what is read is the commit's bytes and nothing else, whatever happens in the work tree meanwhile.
import { createHash } from "node:crypto";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { content, refusalCode, type Served, serve } from "../support/agent.ts";
import { git, removeScratch, scratch, scratchRepository, writeFiles } from "../support/scratch.ts";

const BIG = Array.from(
  { length: 3000 },
  (_, n) => `line ${n} ${"é日😀".repeat(n % 9)}${"x".repeat(40)}\n`,
).join("");
const COMMITTED = "committed and meant to be read\n";
const PRIVATE = "outside of the repository";
const FILES = {
  "src/a.ts": COMMITTED,
  "src/big.ts": BIG,
  "docs/x.md": "x\n",
  "docs/y.md": "y\n",
  "secret.pem": "-----BEGIN\n",
  "bin/tool.exe": "MZ\n",
  "data/blob.ts": Buffer.from([0, 1, 2, 3]),
  "hidden/z.ts": "z\n",
  "hidden/w.ts": "w\n",
};

let served: Served;
let outside: string;
beforeAll(async () => {
  outside = scratch("outside");
  writeFiles(outside, { "a.ts": `${PRIVATE}\n`, "blob.bin": PRIVATE });
  const repo = scratchRepository("reading", FILES);
  symlinkSync(join(outside, "a.ts"), join(repo, "link.ts"));
  git(repo, "add", "link.ts");
  git(repo, "commit", "-q", "-m", "link");
  served = await serve(repo, '[publish]\nexclude = ["hidden/**"]\n[calls]\nper_minute = 100000\n');
});
afterAll(async () => {
  await served.stop();
  for (const folder of [served.repo, outside]) removeScratch(folder);
});

const read = (path: unknown, more = {}) => served.client.call("read-file", { path, ...more });

describe("what is listed", () => {
  test("of ten committed files exactly those that may be served, each with digest and size", async () => {
    const { entries, omitted } = content(await served.client.call("read-manifest", {})) as {
      entries: { path: string; size: number; sha256: string }[];
      omitted: { path: string; reason: string }[];
    };
    expect(entries.map(({ path }) => path)).toEqual(["docs/x.md", "docs/y.md", "src/a.ts", "src/big.ts"]);
    for (const { path, size, sha256 } of entries) {
      const bytes = Buffer.from(git(served.repo, "cat-file", "blob", `HEAD:${path}`));
      expect([size, sha256]).toEqual([bytes.length, createHash("sha256").update(bytes).digest("hex")]);
    }
    expect(Object.fromEntries(omitted.map(({ path, reason }) => [path, reason]))).toEqual({
      "bin/tool.exe": "kind",
      "data/blob.ts": "binary",
      "link.ts": "symlink",
      "secret.pem": expect.stringMatching(/^(kind|credentials)$/) as string,
    });
  });

  test.each([
    ".env",
    "../x",
    "/etc/passwd",
    "link.ts",
    "secret.pem",
    "bin/tool.exe",
    "data/blob.ts",
    "hidden/z.ts",
    ".git/config",
    "src/../src/a.ts",
    "src//a.ts",
    "./src/a.ts",
    "src/a.ts/",
    "src/A.ts",
    "src\\a.ts",
    "src/a.ts\0.md",
    "src/%61.ts",
    "file:///etc/passwd",
  ])("nothing else is read: %j", async (path) => {
    const answer = await read(path);
    expect(refusalCode(answer)).toMatch(/^(not_listed|input_invalid)$/);
    expect(JSON.stringify(answer)).not.toMatch(/BEGIN|root:|outside of/);
  });
});

test("200 KB in 3000 lines, page by page, are the file that git has", async () => {
  let at: Record<string, unknown> = {};
  const pages: string[] = [];
  for (;;) {
    const page = content(await read("src/big.ts", at)) as Record<string, unknown> & { text: string };
    expect(Buffer.byteLength(page.text)).toBeLessThanOrEqual(65_536);
    expect(page.text.split("\n").length - 1).toBeLessThanOrEqual(500);
    pages.push(page.text);
    expect(page["truncated"]).toBe(page["next_start_line"] !== null);
    if (page["truncated"] !== true) break;
    at = { start_line: page["next_start_line"] };
    if (page["next_start_byte"] !== null) at["start_byte"] = page["next_start_byte"];
  }
  const whole = createHash("sha256").update(pages.join("")).digest("hex");
  expect(Buffer.byteLength(BIG)).toBeGreaterThan(200_000);
  expect(pages.length).toBeGreaterThanOrEqual(6);
  expect(whole).toBe(
    createHash("sha256")
      .update(git(served.repo, "cat-file", "blob", "HEAD:src/big.ts"))
      .digest("hex"),
  );
  expect(whole).toBe(content(await read("src/big.ts"))["sha256"]);
});

test("files and links swapped in the work tree and in the exchange while reading: the commit's bytes or none", async () => {
  const file = join(served.repo, "src", "a.ts");
  const other = join(served.repo, "src", "swap.ts");
  const stop = new AbortController();
  const swapping = (async () => {
    for (let n = 0; !stop.signal.aborted; n++) {
      rmSync(other, { force: true });
      if (n % 2 === 0) symlinkSync(join(outside, "a.ts"), other);
      else writeFileSync(other, "uncommitted\n");
      renameSync(other, file);
      await pause(1);
    }
  })();
  for (let n = 0; n < 200; n++) expect(content(await read("src/a.ts"))["text"]).toBe(COMMITTED);
  stop.abort();
  await swapping;
  // The gateway's own copy, replaced by a link to something outside: refused, not followed.
  const digest = createHash("sha256").update(COMMITTED).digest("hex");
  const blob = join(served.state, "exchange", "published", "blobs", digest.slice(0, 2), digest);
  renameSync(blob, `${blob}.kept`);
  symlinkSync(join(outside, "a.ts"), blob);
  const answer = await read("src/a.ts");
  expect([refusalCode(answer), JSON.stringify(answer).includes(PRIVATE)]).toEqual(["blob_damaged", false]);
  renameSync(`${blob}.kept`, blob);
  expect(content(await read("src/a.ts"))["text"]).toBe(COMMITTED);
});

test("G25: whole folders swapped for links while reading: the commit's bytes or a refusal", async () => {
  const digest = createHash("sha256").update(COMMITTED).digest("hex");
  const blobs = join(served.state, "exchange", "published", "blobs");
  writeFiles(join(outside, "folder"), { "a.ts": PRIVATE, [digest]: PRIVATE });
  const swapped = [join(served.repo, "src"), join(blobs, digest.slice(0, 2)), blobs];
  writeFiles(join(outside, "folder", digest.slice(0, 2)), { [digest]: PRIVATE });
  const stop = new AbortController();
  const swapping = (async () => {
    for (let n = 0; !stop.signal.aborted; n++) {
      const folder = swapped[n % swapped.length] ?? "";
      renameSync(folder, `${folder}.kept`);
      symlinkSync(join(outside, "folder"), folder);
      await pause(n % 5);
      rmSync(folder);
      renameSync(`${folder}.kept`, folder);
      await pause(n % 3);
    }
  })();
  for (let n = 0; n < 400; n++) {
    const answer = await read("src/a.ts");
    expect(JSON.stringify(answer)).not.toContain(PRIVATE);
    if (refusalCode(answer) === undefined) expect(content(answer)["text"]).toBe(COMMITTED);
  }
  stop.abort();
  await swapping;
  renameSync(blobs, `${blobs}.kept`);
  symlinkSync(join(outside, "folder"), blobs);
  expect(refusalCode(await read("src/a.ts"))).toBe("blob_damaged");
  rmSync(blobs);
  renameSync(`${blobs}.kept`, blobs);
  expect(content(await read("src/a.ts"))["text"]).toBe(COMMITTED);
});
