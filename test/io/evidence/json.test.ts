// D25: files below one root, read to a limit, as strict JSON or one reading of YAML. D02: or an error, never a value.
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { jsonProvider } from "../../../src/io/evidence/json.ts";
import { readRooted } from "../../../src/io/evidence/rooted.ts";
import { answerText, question, tell } from "../../support/questions.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let base: string;
let root: string;
const config = { root: "", root_id: "reports", max_bytes: 1000, allow_yaml: false };
const REPORT = '{"summary":{"failed":0,"score":0.1000000000000000055},"findings":[{"s":"low"},{"s":"high"}]}';

beforeAll(() => {
  base = scratch("evidence-json");
  root = join(base, "root");
  mkdirSync(join(root, "sub"), { recursive: true });
  mkdirSync(join(base, "root-beside"));
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "report.json": REPORT,
    "sub/deep.json": '"deep"',
    "exact.json": `"${"x".repeat(998)}"`,
    "large.json": `"${"x".repeat(999)}"`,
    "cut.json": REPORT.slice(0, -1),
    "twice.json": '{"a":1,"a":2}',
    "bytes.json": Uint8Array.of(34, 0xff, 34),
    "bom.json": "\ufeff1",
    "nan.json": "NaN",
    "empty.json": "",
    "null.json": "null",
    "report.yaml": "a: 1\n",
    "..dots.json": "1",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  writeFileSync(join(base, "outside.json"), '"secret"');
  writeFileSync(join(base, "root-beside", "x.json"), '"secret"');
  symlinkSync("report.json", join(root, "inside-link.json"));
  symlinkSync("../outside.json", join(root, "outside-link.json"));
  symlinkSync(join(base, "root-beside"), join(root, "folder-link"));
  symlinkSync("loop.json", join(root, "loop.json"));
  symlinkSync("nowhere.json", join(root, "dangling.json"));
  symlinkSync("/dev/zero", join(root, "zero.json"));
  symlinkSync("/proc/self/status", join(root, "proc.json"));
  execFileSync("mkfifo", [join(root, "fifo.json")]);
  symlinkSync(root, join(base, "root-link"));
});
afterAll(() => removeScratch(base));

const read = (file: string, jsonpath?: string, over: Partial<typeof config> = {}): Promise<string> =>
  tell(jsonProvider({ ...config, ...over }, root), "json", "path", {
    file,
    ...(jsonpath === undefined ? {} : { jsonpath }),
  });

describe("what is selected", () => {
  test.each([
    ["report.json", "$.summary.failed", "0"],
    ["report.json", "$.summary.score", "0.1000000000000000055"],
    ["report.json", "$.findings[*].s", '["low","high"]'],
    ["report.json", "$.findings[?@.s=='high']", '{"s":"high"}'],
    ["report.json", "$.findings", '[{"s":"low"},{"s":"high"}]'],
    ["sub/deep.json", undefined, '"deep"'],
    ["inside-link.json", "$.summary.failed", "0"],
    ["null.json", "$", "null"],
    ["..dots.json", undefined, "1"],
  ])("%s %s: %s", async (file, path, expected) => {
    expect(await read(file, path)).toBe(expected);
  });

  test("the largest file that is allowed", async () => {
    expect(await read("exact.json")).toHaveLength(1000);
  });
});

describe("what is not answered", () => {
  test.each([
    ["report.json", "$.summary.passed", "json_no_match"],
    ["report.json", "$.findings[?@.s=='none']", "json_no_match"],
    ["report.json", "summary", "json_path_invalid"],
    ["report.json", "$..[?(@.a)](", "json_path_invalid"],
    ["absent.json", "$", "json_file_not_found"],
    ["report.json/x", "$", "json_file_not_found"],
    ["dangling.json", "$", "json_file_not_found"],
    ["sub", "$", "json_not_regular"],
    ["fifo.json", "$", "json_not_regular"],
    ["../outside.json", "$", "json_outside_root"],
    ["sub/../../outside.json", "$", "json_outside_root"],
    ["sub/../report.json", "$", "json_outside_root"],
    ["outside-link.json", "$", "json_outside_root"],
    ["folder-link/x.json", "$", "json_outside_root"],
    ["zero.json", "$", "json_outside_root"],
    ["proc.json", "$", "json_outside_root"],
    ["loop.json", "$", "json_outside_root"],
    ["/etc/passwd", "$", "json_absolute_path"],
    ["", "$", "json_file_invalid"],
    ["./report.json", "$", "json_file_invalid"],
    ["sub//deep.json", "$", "json_file_invalid"],
    ["sub\\deep.json", "$", "json_file_invalid"],
    ["report.json\0.yaml", "$", "json_yaml_disabled"],
    ["report.json\0", "$", "json_file_invalid"],
    ["x".repeat(300), "$", "json_file_invalid"],
    ["large.json", "$", "json_too_large"],
    ["cut.json", "$", "json_invalid"],
    ["twice.json", "$", "json_invalid"],
    ["bytes.json", "$", "json_invalid"],
    ["bom.json", "$", "json_invalid"],
    ["nan.json", "$", "json_invalid"],
    ["empty.json", "$", "json_invalid"],
    ["report.yaml", "$", "json_yaml_disabled"],
    ["REPORT.YML", "$", "json_yaml_disabled"],
  ])("%j %s: %s", async (file, path, expected) => {
    expect(await read(file, path)).toBe(expected);
  });

  test("YAML where it is allowed, up to what its parser can take", async () => {
    const over = { allow_yaml: true, max_bytes: 1_000_000 };
    expect(await read("report.yaml", "$.a", over)).toBe("1");
    writeFileSync(join(root, "broken.yml"), "a: &x 1\n");
    expect(await read("broken.yml", "$.a", over)).toBe("json_invalid");
    writeFileSync(join(root, "long.yml"), `# ${"x".repeat(65_534)}\n`);
    expect(await read("long.yml", "$", over)).toBe("json_too_large");
  });

  test("an empty YAML file is none, and no null", async () => {
    for (const text of ["", "# nothing\n", "---\n"]) {
      writeFileSync(join(root, "empty.yaml"), text);
      expect(await read("empty.yaml", undefined, { allow_yaml: true })).toBe("json_invalid");
    }
  });

  test("matches that lie in each other do not grow beyond the file", async () => {
    const nested = `${'{"a":'.repeat(40)}"${"x".repeat(600)}"${"}".repeat(40)}`;
    writeFileSync(join(root, "nested.json"), nested);
    for (const path of ["$..a", "$..a..a", "$[?$..a]..a"])
      expect(await read("nested.json", path)).toBe("json_too_large");
    expect(await read("nested.json", "$.a.a.a.a")).toHaveLength(nested.length - 24);
    expect(await read("nested.json", "$..a", { max_bytes: 100_000 })).toMatch(/^\[\{"a"/);
    writeFileSync(join(root, "powers.json"), `[${Array(100).fill("1e20").join()}]`);
    expect(await read("powers.json", undefined)).toBe("json_too_large");
  });

  test("and never beyond a mebibyte", async () => {
    const over = { max_bytes: 4_000_000 };
    const text = (size: number): string => `"${"x".repeat(size - 2)}"`;
    writeFileSync(join(root, "mebibyte.json"), text(1_048_576));
    writeFileSync(join(root, "more.json"), text(1_048_577));
    expect(await read("mebibyte.json", undefined, over)).toHaveLength(1_048_576);
    expect(await read("more.json", undefined, over)).toBe("json_too_large");
  });

  test("a query that costs too much", async () => {
    const list = JSON.stringify(Array.from({ length: 3000 }, (_, at) => at));
    writeFileSync(join(root, "wide.json"), list);
    const over = { max_bytes: 1_000_000 };
    expect(await read("wide.json", "$[?count($[?@>=0])>0]", over)).toBe("json_path_costly");
  });

  test("no root, no folder, another kind of thing", async () => {
    const at = (path: string): Promise<string> =>
      tell(jsonProvider(config, path), "json", "path", { file: "report.json" });
    expect(await at("")).toBe("json_root");
    expect(await at("relative")).toBe("json_root");
    expect(await at(join(base, "absent"))).toBe("json_root");
    expect(await at(join(base, "outside.json"))).toBe("json_root");
    expect(await at(join(base, "root-link"))).not.toBe("json_root");
  });

  test("no message holds a value, or a path of the machine", async () => {
    const signal = new AbortController().signal;
    for (const file of [
      "twice.json",
      "outside-link.json",
      "folder-link/x.json",
      "absent.json",
      "loop.json",
    ]) {
      const found = await jsonProvider(config, root).ask(question("json", "path", { file }), signal);
      expect(found.error?.code).toBeDefined();
      expect(JSON.stringify(found)).not.toContain("secret");
      expect(JSON.stringify(found)).not.toContain(base);
    }
  });
});

test("files that say they are empty, or that never end, are read to the limit and not beyond", () => {
  expect(readRooted("/proc/self", "status", 100_000).bytes?.length).toBeGreaterThan(100);
  expect(readRooted("/proc/self", "status", 100).fault).toBe("too_large");
  expect(readRooted("/dev", "zero", 100).fault).toBe("not_regular");
});

test("the anchor says which file it was, in canonical form", async () => {
  const spec = question("json", "path", { file: "report.json" });
  const { anchor } = await jsonProvider(config, root).ask(spec, new AbortController().signal);
  expect(anchor).toEqual({
    type: "file_path_rooted",
    value: `{"path":"report.json","root_id":"reports","sha256":"${sha256(REPORT)}"}`,
  });
});

test("one evaluation sees one reading of a file, the next one a new reading", async () => {
  const provider = jsonProvider(config, root);
  const file = join(root, "changing.json");
  const spec = question("json", "path", { file: "changing.json" });
  const [first, second] = [new AbortController().signal, new AbortController().signal];
  const ask = async (signal: AbortSignal): Promise<string> => answerText(await provider.ask(spec, signal));
  writeFileSync(file, "1");
  expect(await ask(first)).toBe("1");
  writeFileSync(file, "2");
  expect(await ask(first)).toBe("1");
  expect(await ask(second)).toBe("2");
});

describe("races", () => {
  /** A shell that swaps a folder for a link out of the root, without pause, until its input ends. */
  const SWAP = 'cd "$1"; while :; do mv real away; mv evil real; mv real evil; mv away real; done';

  test("a folder that turns into a link and back never leads out", { timeout: 60_000 }, async () => {
    const place = join(base, "race");
    mkdirSync(join(place, "real"), { recursive: true });
    mkdirSync(join(base, "race-outside"));
    writeFileSync(join(place, "real", "x.json"), '"good"');
    writeFileSync(join(base, "race-outside", "x.json"), '"secret"');
    symlinkSync(join(base, "race-outside"), join(place, "evil"));
    const { spawn } = await import("node:child_process");
    const swapper = spawn("sh", ["-c", SWAP, "sh", place], { stdio: "ignore" });
    const seen = new Map<string, number>();
    try {
      // On an idle machine the shell swaps some thousand times meanwhile.
      for (let look = 0; look < 40_000 || seen.size < 2; look += 1) {
        const { bytes, fault = "" } = readRooted(place, "real/x.json", 100);
        const told = bytes === undefined ? fault : Buffer.from(bytes).toString();
        seen.set(told, (seen.get(told) ?? 0) + 1);
      }
    } finally {
      swapper.kill("SIGKILL");
    }
    expect([...seen.keys()]).not.toContain('"secret"');
    expect(seen.get('"good"') ?? 0).toBeGreaterThan(0);
    expect(seen.size).toBeGreaterThan(1);
  });

  test("a report that is replaced by renaming is read whole, before or after", { timeout: 30_000 }, () => {
    const [a, b] = [`"${"a".repeat(900)}"`, `"${"b".repeat(900)}"`];
    for (let round = 0; round < 200; round += 1) {
      writeFileSync(join(root, "next.tmp"), round % 2 === 0 ? a : b);
      renameSync(join(root, "next.tmp"), join(root, "renamed.json"));
      const { bytes } = readRooted(root, "renamed.json", 1000);
      expect(Buffer.from(bytes ?? []).toString()).toBe(round % 2 === 0 ? a : b);
    }
  });
});

test("behind node's permission model, where nobody says what a descriptor is, files are read all the same", () => {
  const place = join(base, "walled");
  mkdirSync(place);
  writeFileSync(join(place, "x.json"), '"good"');
  symlinkSync("../outside.json", join(place, "out.json"));
  const module = join(import.meta.dirname, "../../../src/io/evidence/rooted.ts");
  const script = join(base, "script-behind-walls.ts");
  writeFileSync(
    script,
    `import { readRooted } from ${JSON.stringify(module)};
const told = ["x.json", "out.json", "none.json"].map((path) => {
  const { bytes, fault } = readRooted(${JSON.stringify(place)}, path, 100);
  return fault ?? Buffer.from(bytes).toString();
});
process.stdout.write(JSON.stringify(told));`,
  );
  const src = join(import.meta.dirname, "../../../src");
  const flags = [src, script, place, join(place, "*")].map((path) => `--allow-fs-read=${path}`);
  const said = execFileSync(process.execPath, ["--permission", ...flags, script], { encoding: "utf8" });
  expect(JSON.parse(said)).toEqual(['"good"', "outside_root", "file_not_found"]);
});

test("a hard link is a file of the root", async () => {
  linkSync(join(root, "report.json"), join(root, "hard.json"));
  expect(await read("hard.json", "$.summary.failed")).toBe("0");
  rmSync(join(root, "hard.json"));
});
