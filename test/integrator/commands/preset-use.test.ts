// preset use: one line is written, only when the result is valid, only when somebody said so, and nothing else moves.
import {
  chmodSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { presetUse } from "../../../src/integrator/commands/preset-use.ts";
import { initState } from "../../support/agent.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";
import { testWorld, type TestWorld } from "../../support/world.ts";

let repo: string;
let state: string;
let file: string;
beforeAll(() => {
  repo = scratchRepository("preset-use", { "a.ts": "x\n" });
  state = initState(repo);
  file = join(state, "countersign.toml");
});
beforeEach(() => rmSync(file, { force: true }));
afterAll(() => {
  for (const folder of [repo, state]) removeScratch(folder);
});

const REST = '\r\n# tab\there   \n[repository]\nname = "x" # preset = "quickstart"\n\n\n';
const text = (line = 'preset = "quickstart"'): string => `# first\n${line}${REST}`;

async function use(
  name: string,
  options: object = { yes: true },
  answer?: string | (() => Promise<string>),
): Promise<{ code: number; world: TestWorld }> {
  const world = testWorld({ cwd: state, ...(answer === undefined ? {} : { answer }) });
  return { code: await presetUse.run(world, [name], { state, ...options }), world };
}

test.each([
  ['preset = "quickstart"', 'preset = "default"'],
  ["preset = 'quickstart'", 'preset = "default"'],
  ['  "preset"="quickstart"   # why "quickstart"', '  "preset"="default"   # why "quickstart"'],
  ["'preset' =\t'quickstart'#x", "'preset' =\t\"default\"#x"],
])("%s: this line and nothing else", async (line, next) => {
  writeFileSync(file, text(line));
  expect((await use("default")).code).toBe(0);
  expect(readFileSync(file, "utf8")).toBe(text(next));
});

test("mode and link stay as they were", async () => {
  const real = join(state, "real.toml");
  writeFileSync(real, text());
  chmodSync(real, 0o644);
  symlinkSync(real, file);
  expect((await use("default")).code).toBe(0);
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect(statSync(real).mode & 0o777).toBe(0o644);
  expect(readFileSync(real, "utf8")).toContain('"default"');
});

test("says what changes, and which way, and that the policy goes with it", async () => {
  writeFileSync(file, text());
  const { world } = await use("default", { dryRun: true });
  expect(world.said.out).toMatch(/^ {2}calls\.per_minute +300 → 20 +stricter$/m);
  expect(world.said.out).toContain("verdicts given so far do not land any more");
  const { world: json } = await use("default", { dryRun: true, json: true });
  expect(JSON.parse(json.said.out)).toMatchObject({ ok: true, written: false, preset: "default" });
});

describe("writes nothing", () => {
  test.each<[string, string, object, string | undefined, number]>([
    ["with --dry-run", "default", { dryRun: true }, undefined, 0],
    ["with --dry-run and --yes", "default", { dryRun: true, yes: true }, undefined, 0],
    ["when nobody is there", "default", {}, undefined, 2],
    ["when the answer is no", "default", {}, "n", 2],
    ["when the answer is neither", "default", {}, "", 2],
    ["when nobody said yes to JSON", "default", { json: true }, "y", 2],
    ["when the result would be at fault", "hardened", { yes: true }, undefined, 2],
    ["when it is that one already", "quickstart", { yes: true }, undefined, 0],
  ])("%s", async (_, name, options, answer, code) => {
    writeFileSync(file, text());
    const inode = statSync(file).ino;
    expect((await use(name, options, answer)).code).toBe(code);
    expect(readFileSync(file, "utf8")).toBe(text());
    expect(statSync(file).ino).toBe(inode);
  });

  test("what would be at fault is told with key, line and fix", async () => {
    writeFileSync(file, text());
    const { world } = await use("hardened");
    expect(world.said.err).toMatch(/countersign\.toml:2 {2}server\.http\.tls\.cert_file: is needed/);
  });

  test("when somebody saves the file while the question stands", async () => {
    writeFileSync(file, text());
    const saved = `${text()}# theirs\n`;
    const answer = (): Promise<string> => {
      writeFileSync(join(state, "other"), saved);
      renameSync(join(state, "other"), file);
      return Promise.resolve("y");
    };
    await expect(use("default", {}, answer)).rejects.toThrow(/changed by somebody else/);
    expect(readFileSync(file, "utf8")).toBe(saved);
  });

  test.each([
    ["spread over lines", 'preset = """\nquickstart"""'],
    ["written with an escape", 'preset = "quick\\u0073tart"'],
    ["no line of its own", ""],
    ["also inside a text", `a = """ '''\npreset = "quickstart"\n"""\npreset = "quickstart"`],
  ])("when the line is %s", async (_, line) => {
    writeFileSync(file, text(line));
    await expect(use("default")).rejects.toMatchObject({ code: "config_invalid" });
    expect(readFileSync(file, "utf8")).toBe(text(line));
  });

  test("when the file is no UTF-8: other bytes would come back", async () => {
    const bytes = Buffer.concat([Buffer.from(text()), Buffer.from([0x23, 0xff, 0x0a])]);
    writeFileSync(file, bytes);
    await expect(use("default")).rejects.toThrow(/UTF-8/);
    expect(readFileSync(file)).toEqual(bytes);
  });
});

test("with a yes at the terminal it writes", async () => {
  writeFileSync(file, text());
  expect((await use("default", {}, "y")).code).toBe(0);
  expect(readFileSync(file, "utf8")).toBe(text('preset = "default"'));
});

test("a configuration that is at fault can be helped by another preset", async () => {
  writeFileSync(file, text('preset = "hardened"'));
  const { code, world } = await use("default");
  expect(code).toBe(0);
  expect(world.said.out).toContain("at fault as it stands");
  expect(readFileSync(file, "utf8")).toBe(text('preset = "default"'));
});

/** Threat: right after init --preset hardened the file is at fault, and the way to the weakest one would show nothing. */
test("what the presets themselves differ in is shown when the file cannot be compared", async () => {
  writeFileSync(file, text('preset = "hardened"'));
  const { code, world } = await use("quickstart", { dryRun: true });
  expect(code).toBe(0);
  expect(world.said.out).toMatch(/^ {2}auth\.mode +"bearer_token" → "local_only" +weaker$/m);
  expect(world.said.out).toMatch(/^ {2}gateway\.shared_user +"refuse" → "warn" +weaker$/m);
  expect(world.said.out).toContain("verdicts given so far do not land any more");
  const { world: asked } = await use("quickstart", { dryRun: true, json: true });
  expect(JSON.parse(asked.said.out)).toMatchObject({
    compared: "presets",
    changed: expect.arrayContaining([
      expect.objectContaining({ key: "auth.mode", direction: "weaker" }),
    ]) as unknown,
  });
  writeFileSync(file, text());
  const { world: whole } = await use("default", { dryRun: true, json: true });
  expect(JSON.parse(whole.said.out)).toMatchObject({ compared: "configurations" });
});

test("from a preset that does not exist there is nothing to compare with", async () => {
  writeFileSync(file, text('preset = "prod"'));
  const { world } = await use("default", { dryRun: true });
  expect(world.said.out).toContain("nothing to compare with");
});
