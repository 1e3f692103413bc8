// What a newcomer may rely on in every folder and on every first line, and what must never be committed.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { files, folders, lines, read, root, sources } from "./files.ts";

const MAX_LINES = 300;
const code = files.filter((path) => /\.(ts|js|mjs|cjs)$/.test(path));

describe("src", () => {
  test("has exactly the five folders, each in the build", () => {
    const found = readdirSync(join(root, "src"), { withFileTypes: true }).map(({ name }) => name);
    expect(found.sort()).toEqual([...folders].sort());
    for (const folder of folders) expect(files).toContain(`src/${folder}/tsconfig.json`);
  });

  test.each(folders)("%s says what it owns, what it may import and what it must never do", (folder) => {
    const path = `src/${folder}/README.md`;
    expect(existsSync(join(root, path))).toBe(true);
    expect(lines(path).filter((line) => line.startsWith("## "))).toEqual([
      "## Owns",
      "## May import",
      "## Must never",
    ]);
  });

  test("every file begins with its purpose", () => {
    const purpose = /^(\/\/|\/\*\*?) ?\S.{15,}/;
    expect(sources.filter((path) => !purpose.test(lines(path)[0] ?? ""))).toEqual([]);
  });

  test("no room is a drawer", () => {
    const drawer = /(^|[/.-])(utils?|helpers?|common|managers?|misc|shared)([/.-]|$)/;
    expect(sources.filter((path) => drawer.test(path))).toEqual([]);
  });
});

test(`no file of code is longer than ${MAX_LINES} lines`, () => {
  expect(code.filter((path) => lines(path).length > MAX_LINES)).toEqual([]);
});

describe("bans that the linter cannot express", () => {
  const hiddenClock = /\bnew Date\b(?!\s*\(\s*[^\s)])|(?<!new\s)\bDate\(/;
  const shell = /\bshell\s*:(?!\s*false\b)|(?<![.\w])exec(Sync)?\(\s*[`"']/;
  const silence = /(oxlint|eslint)-disable(?!.* -- \S)|@ts-(ignore|nocheck)|@ts-expect-error(?! \S)/;

  /** Code without comments, roughly: enough to keep prose about a ban from breaking it. */
  const bare = (path: string): string => read(path).replace(/\/\*[^]*?\*\/|(^|\s)\/\/.*$/gm, "");

  test("no hidden clock: new Date() without an argument reads one", () => {
    const handedOn = /^src\/([^/]+\/(compose|main)\.ts|integrator\/terminal\/.*)$/;
    expect(sources.filter((path) => !handedOn.test(path) && hiddenClock.test(bare(path)))).toEqual([]);
  });

  test("no shell: it gives names and contents of files a second meaning", () => {
    expect(sources.filter((path) => shell.test(bare(path)))).toEqual([]);
  });

  test("no rule is switched off without a reason behind it", () => {
    const here = "test/house/layout.test.ts";
    expect(code.filter((path) => path !== here && silence.test(read(path)))).toEqual([]);
  });

  test.each([
    {
      net: hiddenClock,
      caught: ["new Date()", "new Date( )", "new Date;", "x = Date()"],
      free: ["new Date(at)", "toDate(x)"],
    },
    {
      net: shell,
      caught: ["{ shell: true }", 'shell: "sh"', 'execSync("ls")'],
      free: ["shell: false", "regex.exec(text)", "db.exec(`BEGIN`)"],
    },
    {
      net: silence,
      caught: ["// oxlint-disable-next-line no-eval", "// @ts-ignore"],
      free: ["// oxlint-disable-next-line no-eval -- why"],
    },
  ])("the net has the right holes: $net", ({ net, caught, free }) => {
    expect(caught.filter((text) => !net.test(text))).toEqual([]);
    expect(free.filter((text) => net.test(text))).toEqual([]);
  });
});

describe("what is committed runs anywhere", () => {
  // Spelt with [.] and [k], so that this file does not find itself. Attack material may name what it attacks.
  const machine = /(?<![\w.~*-])\/(wor[k]|roo[t])\//;
  const registry =
    /registry[.](npmjs|yarnpkg)[.]|(proxy|sum)[.]golang[.]org|(?<![\w.])(files[.])?(pypi|pythonhosted)[.]org|crates[.]io|deb[.]debian[.]org/;
  const material = /^test\/(corpora|vectors)\/.*(?<!\.ts)$/;
  const own = files.filter((path) => !material.test(path));

  test("no path of one machine", () => {
    expect(own.filter((path) => machine.test(read(path)))).toEqual([]);
  });

  test("no address of a package registry", () => {
    expect(own.filter((path) => registry.test(read(path)))).toEqual([]);
  });

  test("no dependency that is a range", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
      string,
      Record<string, string>
    >;
    const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
      // An alias (`npm:name@1.2.3`) brings a second version of a package, as material for tests.
      ([, v]) => !/^(?:npm:[@\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(v),
    );
    expect(ranges).toEqual([]);
  });
});
