// The documentation holds what it says: generated pages are current, links lead somewhere, named scripts and commands exist.
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/core/config/parse.ts";
import { presetNames } from "../../src/core/config/schema.ts";
import { files, read, root } from "./files.ts";

const pages = files.filter((path) => path.endsWith(".md") && !path.startsWith("test/"));
const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;

/** Text without fenced code, where brackets are not links. */
const prose = (path: string): string => read(path).replaceAll(/^```[^]*?^```$/gm, "");

/** Fenced and inline code only: prose may begin a sentence with a program's name. */
const code = (path: string): string =>
  [...read(path).matchAll(/^```.*\n([^]*?)^```$|`([^`\n]+)`/gm)]
    .map(([, block, span]) => block ?? span)
    .join("\n");

/** Anchors of a page as forges make them from its headings. */
function anchors(path: string): ReadonlySet<string> {
  const headings = read(path).matchAll(/^#{1,6} (.+)$/gm);
  const slug = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-");
  return new Set([...headings].map(([, text = ""]) => slug(text)));
}

/** Relative links whose file or heading does not exist. */
function brokenLinks(page: string): readonly string[] {
  const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = "", anchor] = target.split("#");
    const path = file === "" ? page : normalize(join(dirname(page), file));
    if (!existsSync(join(root, path))) return true;
    if (anchor === undefined) return false;
    return statSync(join(root, path)).isDirectory() || !anchors(path).has(anchor);
  });
}

test("generated pages are what the code says", () => {
  execFileSync(process.execPath, ["docs/generate.ts", "--check"], { cwd: root, stdio: "pipe" });
});

test("every relative link leads to a file, and its anchor to a heading", () => {
  const broken = pages.flatMap((page) => brokenLinks(page).map((target) => `${page}: ${target}`));
  expect(broken).toEqual([]);
});

describe("what the pages name exists", () => {
  test("npm scripts", () => {
    const own = new Set(["ci", "install", "link", ...Object.keys(manifest["scripts"] ?? {})]);
    const named = pages.flatMap((page) => [...code(page).matchAll(/\bnpm (?:run |--silent )?([a-z]+)/g)]);
    expect(named.length).toBeGreaterThan(5);
    expect(named.map(([, word = ""]) => word).filter((word) => !own.has(word))).toEqual([]);
  });

  test("commands, as docs/cli.md lists them from the code", () => {
    const known = [...read("docs/cli.md").matchAll(/^## `countersign ([a-z ]+?)(?: [<[].*)?`$/gm)].map(
      ([, words = ""]) => words,
    );
    expect(known).toContain("integrate");
    const texts = [...pages.map(code), read("docs/reasons.md")];
    const named = texts.flatMap((text) => [
      ...text.matchAll(/(?<![/\w])countersign ([a-z]+)(?: ([a-z]+))?/g),
    ]);
    const isKnown = ([, word = "", next = ""]: readonly string[]): boolean =>
      known.includes(word) ||
      known.includes(`${word} ${next}`) ||
      (next === "" && known.some((name) => name.startsWith(`${word} `)));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((words) => !isKnown(words)).map(([text]) => text)).toEqual([]);
  });

  test("packages: docs/dependencies.md names each dependency once, and no other", () => {
    const listed = [...read("docs/dependencies.md").matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    const used = [
      ...Object.keys(manifest["dependencies"] ?? {}),
      ...Object.keys(manifest["optionalDependencies"] ?? {}),
      ...Object.keys(manifest["devDependencies"] ?? {}),
    ];
    expect(listed).toHaveLength(used.length);
    expect(new Set(listed)).toEqual(new Set(used));
  });

  test("test files and folders of the threat model", () => {
    const named = [...read("docs/threat-model.md").matchAll(/`(test\/[^`]+)`/g)].map(([, path = ""]) => path);
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((path) => !files.some((file) => file === path || file.startsWith(path)))).toEqual([]);
  });
});

describe("configuration in the pages is valid", () => {
  const preset = (name: string): string => read(`presets/${name}.toml`);
  const blocks = pages.flatMap((page) =>
    [...read(page).matchAll(/^```toml\n([^]*?)^```$/gm)].map(([, text = ""]) => [page, text] as const),
  );

  test.each([
    ...blocks,
    ["config/countersign.example.toml", read("config/countersign.example.toml")] as const,
  ])("%s", (_page, text) => {
    // A page about one part of the policy shows that part alone.
    const whole = text.startsWith("preset") || text.startsWith("#") ? text : `preset = "quickstart"\n${text}`;
    expect(parseConfig(whole, preset)).toMatchObject({ ok: true });
  });

  test("presets/README.md says which presets exist", () => {
    const listed = [...read("presets/README.md").matchAll(/^\| \[?`?([a-z-]+)`?.*\| (yes|not yet) \|$/gm)];
    expect(listed.filter(([, , exists]) => exists === "yes").map(([, name]) => name)).toEqual([
      ...presetNames,
    ]);
  });
});

describe("decisions", () => {
  const decisions = files.filter((path) => path.startsWith("docs/decisions/"));

  test.each(decisions)("%s has the five headings, fits a screen and is in the index", (path) => {
    const text = read(path);
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(["Context", "Decision", "Alternatives", "Security", "Consequences"]);
    expect(text.split("\n").length).toBeLessThanOrEqual(60);
    expect(read("docs/README.md")).toContain(path.replace("docs/", "](").concat(")"));
  });

  test("numbers are used once", () => {
    const numbers = decisions.map((path) => path.replace("docs/decisions/", "").slice(0, 4));
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe("SECURITY.md promises", () => {
  const text = read("SECURITY.md");

  test.each([
    ["a private way", /report privately/i],
    ["an answer within 72 hours", /acknowledge[^.]*within 72 hours/i],
    ["no public issue", /do not open a public issue/i],
    ["a scope", /## In scope[^]*## Out of scope/],
  ])("%s", (_promise, words) => {
    expect(text).toMatch(words);
  });

  test("no mail address that nobody reads", () => {
    expect(text).not.toMatch(/[\w.]+@[\w-]+\.\w+/);
  });
});

test("the licence is whole", () => {
  const text = read("LICENSE");
  expect(text).toContain("Apache License");
  expect(text).toContain("END OF TERMS AND CONDITIONS");
  expect(manifest["license"]).toBe("Apache-2.0");
});
