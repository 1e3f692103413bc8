// Publishing masks: planted secrets are in no published byte, nothing moves to another line, and only what changed is read again.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { publish } from "../../../src/validator/publish/publish.ts";
import { look } from "../../../src/validator/publish/watch.ts";
import { openBench, publishNow, type TestBench } from "../../support/bench.ts";
import { plantedFiles, plantedSecrets } from "../../support/planted.ts";
import { git, removeScratch, scratchRepository, writeFiles } from "../../support/scratch.ts";

const repositories: string[] = [];
const states: string[] = [];
async function lab(
  files: Readonly<Record<string, string>>,
  toml = "",
): Promise<{ on: TestBench; repo: string }> {
  const repo = scratchRepository("publish-masking", files);
  const on = await openBench(repo, toml);
  repositories.push(repo);
  states.push(on.state);
  return { on, repo };
}
afterAll(() => {
  for (const folder of [...repositories, ...states]) removeScratch(folder);
});

async function servedText(on: TestBench, manifest: OpenManifest, path: string): Promise<string> {
  const entry = manifest.byPath.get(path);
  const blob = entry === undefined ? undefined : await on.bench.exchange.published.blob(entry.sha256);
  if (blob?.kind !== "found") throw new Error(`${path} is not served`);
  return Buffer.from(blob.bytes).toString();
}

/** Names of files of the state folder that hold `words`. */
function filesWith(state: string, words: string): readonly string[] {
  return readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(words));
}

describe("planted secrets", () => {
  let on: TestBench;
  let manifest: OpenManifest;
  beforeAll(async () => {
    ({ on } = await lab(plantedFiles));
    manifest = await publishNow(on);
  });

  test.each(Object.keys(plantedSecrets))("%s is in no byte that is published, kept or logged", (kind) => {
    const secret = plantedSecrets[kind] ?? "";
    expect(secret.length).toBeGreaterThan(10);
    expect(filesWith(on.state, secret)).toEqual([]);
    expect(on.logged.join("")).not.toContain(secret);
  });

  test("each file says what was masked, keeps its lines, and is served under its own digest", async () => {
    for (const [path, content] of Object.entries(plantedFiles)) {
      const entry = manifest.byPath.get(path);
      const text = await servedText(on, manifest, path);
      const count = text.split("[REDACTED:").length - 1;
      expect([path, entry?.redactions?.reduce((sum, one) => sum + one.count, 0) ?? 0]).toEqual([path, count]);
      expect([path, count > 0]).toEqual([path, path.startsWith("secret/")]);
      expect(text.split("\n")).toHaveLength(content.split("\n").length);
      expect(entry).toMatchObject({ sha256: sha256(text), size: Buffer.byteLength(text) });
    }
  });
});

test("with mask = false, files are served as they are", async () => {
  const { on } = await lab(plantedFiles, "[secrets]\nmask = false\n");
  const manifest = await publishNow(on);
  for (const [path, content] of Object.entries(plantedFiles))
    expect(await servedText(on, manifest, path)).toBe(content);
});

const PASSWORD = `
[[secrets.redact]]
id = "password"
paths = ["*.json"]
json_path = "$.password"
`;

test("a file that a JSONPath cannot be applied to is named, and not served", async () => {
  const { on } = await lab(
    { "a.json": '{"password": "x"}', "b.json": '{"password": "x",}', "c.ts": "x" },
    PASSWORD,
  );
  const { manifest } = await publishNow(on);
  expect(manifest.omitted).toEqual([{ path: "b.json", reason: "redaction" }]);
  expect(manifest.entries.map(({ path }) => path)).toEqual(["a.json", "c.ts"]);
});

describe("one blob under two paths", () => {
  const same = '{"password": "hunter2"}\n';
  let on: TestBench;
  let repo: string;
  beforeAll(async () => {
    ({ on, repo } = await lab({ "a.json": same, "sub/a.json": same }, PASSWORD));
  });

  test("is masked where the rule applies, and again so from what is known of it", async () => {
    const [first, again] = [
      await publish(on.bench, await look(on.bench)),
      await publish(on.bench, await look(on.bench)),
    ];
    expect([first.read, again.read]).toEqual([2, 0]);
    for (const { published } of [first, again]) {
      expect(await servedText(on, published, "a.json")).toBe('{"password": "[REDACTED:password]"}\n');
      expect(await servedText(on, published, "sub/a.json")).toBe(same);
      expect(published.byPath.get("a.json")?.redactions).toEqual([{ rule: "password", count: 1 }]);
    }
  });

  test("moved to where the rule does not apply, it is read again", async () => {
    writeFiles(repo, { "other/a.json": same, "b.json": same });
    git(repo, "add", "-A");
    git(repo, "commit", "-q", "-m", "copies");
    const { published, read } = await publish(on.bench, await look(on.bench));
    expect(read).toBe(2);
    expect(await servedText(on, published, "b.json")).toContain("REDACTED");
    expect(await servedText(on, published, "other/a.json")).toBe(same);
  });
});

test("where masking throws, the file is omitted and the log says so", async () => {
  const { on } = await lab({ "a.ts": "x\n", "b.ts": "y\n" });
  const { scannerOf } = await import("../../../src/core/secrets/find.ts");
  const scanner = scannerOf(on.bench.setup.rules.secrets);
  const find = scanner.find.bind(scanner);
  Object.assign(scanner, {
    find: (text: string, options: Parameters<typeof find>[1]) => {
      if (options.path === "a.ts") throw new RangeError("Maximum call stack size exceeded");
      return find(text, options);
    },
  });
  const { manifest } = await publishNow(on);
  expect(manifest.omitted).toEqual([{ path: "a.ts", reason: "redaction" }]);
  expect(manifest.entries.map(({ path }) => path)).toEqual(["b.ts"]);
  expect(on.logged.join("")).toContain("could not be masked");
});

test("what the gateway could not hide from a caller, because it is given masked text, is served to nobody", async () => {
  const rules = `
[[secrets.redact]]
id = "user"
paths = ["*.yml"]
pattern = 'user: (\\w+)'
[[secrets.redact]]
id = "pin"
paths = ["*.yml"]
principals = ["local:stdio"]
pattern = 'user: \\w+ pin: (\\d+)'
`;
  const { on } = await lab({ "a.yml": "user: al pin: 4711\n", "b.yml": "user: al\npin: 4711\n" }, rules);
  const { manifest } = await publishNow(on);
  expect(manifest.omitted).toEqual([{ path: "a.yml", reason: "redaction" }]);
  expect(manifest.entries.map(({ path }) => path)).toEqual(["b.yml"]);
});
