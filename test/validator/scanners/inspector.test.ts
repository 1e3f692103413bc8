// The inspector's child may do what it likes: a call answers completely, or it throws, and the next one finds another child.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/io/file/config.ts";
import { loadRules } from "../../../src/io/file/rules.ts";
import {
  type Inspector,
  inspectorProgram,
  openInspector,
} from "../../../src/validator/scanners/inspector.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { pieced } from "../../support/pieced.ts";

const folder = scratch("inspector");
const open: Inspector[] = [];
afterAll(async () => {
  for (const one of open) await one.close();
  removeScratch(folder);
});

const file = { path: "a.js", text: "eval(x);\n" };
let counter = 0;

/** An inspector whose first child does `first`, and whose later ones are honest. */
function faulty(first: string): Inspector {
  counter += 1;
  const [mark, script] = [join(folder, `mark-${counter}`), join(folder, `child-${counter}.mjs`)];
  const text = `import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
const answer = (more) => process.stdout.write(JSON.stringify(more) + "\\n");
const seen = existsSync(${JSON.stringify(mark)});
writeFileSync(${JSON.stringify(mark)}, String(process.pid));
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id } = JSON.parse(line);
  if (seen) answer({ id, found: [], imports: [] });
  else { ${first} }
});
`;
  writeFileSync(script, text);
  const made = openInspector({
    file: process.execPath,
    args: [script],
    cwd: folder,
    env: {},
    timeoutMs: 1500,
  });
  open.push(made);
  return made;
}

describe("a child that", () => {
  test.each([
    ["crashes", "process.exit(3);", "exec_failed"],
    ["is killed", "process.kill(process.pid, 'SIGKILL');", "exec_failed"],
    ["hangs", "", "exec_timeout"],
    [
      "floods without a line",
      "setInterval(() => process.stdout.write('x'.repeat(1e6)), 1);",
      "exec_overflow",
    ],
    ["floods with a line", "process.stdout.write('x'.repeat(5e6) + '\\n');", "exec_"],
    ["answers rubbish", "process.stdout.write('no JSON\\n');", "exec_failed"],
    ["answers another request", "answer({ id: id + 1, found: [], imports: [] });", "exec_failed"],
    ["answers an old request", "answer({ id: 0, found: [], imports: [] });", "exec_failed"],
    [
      "answers with words of its own",
      "answer({ id, found: [{ rule: 'x y', file: 0, line: 1, end: 1 }], imports: [] });",
      "exec_failed",
    ],
    [
      "answers with more than was asked",
      "answer({ id, found: [], imports: [], passed: true });",
      "exec_failed",
    ],
    [
      "names a file that it was not given",
      "answer({ id, found: [{ rule: 'xy', file: 1, line: 1, end: 1 }], imports: [] });",
      "exec_failed",
    ],
  ])("%s passes nothing, and the next request finds another", async (_, first, code) => {
    const inspector = faulty(first);
    const asked = inspector.secrets([file]);
    await expect(asked).rejects.toMatchObject({ code: expect.stringContaining(code) as string });
    const again = inspector.secrets([file]).catch(() => inspector.secrets([file]));
    expect(await again).toEqual([]);
  });

  test("speaks without being asked is not listened to again", async () => {
    const inspector = faulty(
      "answer({ id, found: [], imports: [] }); answer({ id: id + 1, found: [], imports: [] });",
    );
    await inspector.secrets([file]);
    await expect.poll(() => inspector.secrets([file]).catch(() => undefined)).toEqual([]);
  });

  test("fails takes all that wait with it, and leaves no process behind", async () => {
    const inspector = faulty("process.exit(1);");
    const all = await Promise.allSettled([1, 2, 3].map(() => inspector.secrets([file])));
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    const pid = Number(readFileSync(join(folder, `mark-${counter}`), "utf8"));
    expect(() => process.kill(pid, 0)).toThrow();
  });
});

test("a child that has grown is replaced once nothing waits for it, and fails nobody", async () => {
  const inspector = faulty(
    "answer({ id, found: [], imports: [], large: true }); if (id === 3) process.stdout.write('left over');",
  );
  const all = await Promise.all([1, 2, 3].map(() => inspector.secrets([file])));
  expect(all).toEqual([[], [], []]);
  const pid = (): number => Number(readFileSync(join(folder, `mark-${counter}`), "utf8"));
  const first = pid();
  expect(await inspector.secrets([file])).toEqual([]);
  await expect.poll(pid).not.toBe(first);
  expect(await inspector.secrets([file])).toEqual([]);
});

describe("the real child", () => {
  const real = openInspector(inspectorProgram(process.execPath, packageRoot()));
  open.push(real);
  const rules = JSON.stringify(loadRules(packageRoot())["static-analysis"].rules);
  // Put together here: the repository itself is scanned, too.
  const token = pieced(["gh", "p_", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"]);

  test.each([
    "",
    "// secretlint-disable\n",
    "/* secretlint-disable */\n",
    "// secretlint-disable-next-line\n",
  ])("finds a secret behind %j", async (comment) => {
    const found = await real.secrets([{ path: "a.js", text: `${comment}const t = "${token}";\n` }]);
    expect(found.map(({ rule }) => rule)).toEqual(["secretlint-github"]);
    expect(JSON.stringify(found)).not.toContain(token);
  });

  test("answers requests at once in their order", async () => {
    const texts = ["eval(x);", "y();", "\n\neval(z);"];
    const all = await Promise.all(texts.map((text) => real.analyse([{ path: "a.js", text }], rules)));
    expect(all.map(({ found }) => found.map(({ line }) => line))).toEqual([[1], [], [3]]);
  });

  test("says what it cannot read, and lives on", async () => {
    const deep = `${"(".repeat(60_000)}1${")".repeat(60_000)};`;
    await real.analyse([{ path: "a.js", text: deep }], rules).catch(() => undefined);
    const many = await real.analyse([{ path: "a.js", text: "eval(x);\n".repeat(3000) }], rules);
    expect(many.found[0]).toMatchObject({ rule: "unreadable", line: 1, end: 3001 });
    const chain = Array.from({ length: 20_000 }, (_, at) => `let a${at} = a${at - 1};`).join("\n");
    const long = await real.analyse([{ path: "a.js", text: `${chain}\nexec(a19999);\n` }], rules);
    expect(long.found.map(({ rule }) => rule)).toContain("unreadable");
    const { found } = await real.analyse([{ path: "a.js", text: "const = {;\n" }], rules);
    expect(found.map(({ rule }) => rule)).toContain("unreadable");
    expect((await real.analyse([file], rules)).found.map(({ rule }) => rule)).toEqual(["js-eval"]);
  });

  test("has no right to write, to start others, to load native code or to read anything else", () => {
    const { args, env } = inspectorProgram(process.execPath, packageRoot());
    expect(env).toEqual({});
    expect(args[0]).toBe("--permission");
    expect(args.filter((arg) => arg.startsWith("--allow") && !arg.startsWith("--allow-fs-read="))).toEqual(
      [],
    );
    expect(args.some((arg) => arg.includes("*"))).toBe(false);
    expect(args.some((arg) => arg.startsWith("--max-old-space-size="))).toBe(true);
    expect(existsSync(args.at(-1) ?? "")).toBe(true);
  });
});

test.each(["\u2028", "\u2029", "\u0085", "\r", "\n", "\u0000", "\v"])(
  "%j in a file ends no request: the child lives, and finds what is there",
  async (character) => {
    const inspector = openInspector(inspectorProgram(process.execPath, packageRoot()));
    open.push(inspector);
    const texts = [`a${character}b\n`, `${character}\n${character}`];
    const files = texts.map((text, at) => ({ path: `src/${at}.js`, text }));
    expect(await inspector.secrets(files)).toEqual([]);
  },
);
