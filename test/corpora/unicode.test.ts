// Hidden and honest characters: every hidden one of the corpus is found, and neither its honest texts nor real files are.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hiddenIn } from "../../src/core/content/hidden.ts";
import { hasCorpora } from "../support/corpora.ts";
import { measure, wrong } from "./measure-unicode.ts";

describe.skipIf(!hasCorpora())("characters of the corpus", () => {
  test("what hides is found, homoglyphs too", async () => {
    expect(wrong(true)).toEqual([]);
    expect((await measure()).filter(({ ok }) => !ok)).toEqual([]);
  });

  test("honest texts pass", () => {
    expect(wrong(false)).toEqual([]);
  });
});

describe("real files", () => {
  const root = join(import.meta.dirname, "../..");
  const under = (folder: string, ending: RegExp): readonly string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => ending.test(name))
      .toSorted()
      .map((name) => join(folder, name));
  const found = (path: string): readonly string[] =>
    hiddenIn(path, readFileSync(join(root, path), "utf8")).map(
      ({ rule, line, character }) => `${path}:${line} ${rule} ${character}`,
    );

  test("our own sources and documents hold nothing of it", () => {
    const files = [...under("src", /\.ts$/), ...under("docs", /\.md$/)];
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap(found)).toEqual([]);
  });

  test("translations of other people hold nothing of it", () => {
    const files = under("node_modules/zod/v4/locales", /\.js$/);
    expect(files.length).toBeGreaterThan(40);
    expect(files.flatMap(found)).toEqual([]);
  });

  test("packages of other people hold nothing of it", () => {
    const files = ["pino/lib", "undici/lib", "zod/v4/core", "smol-toml/dist", "fast-check/README.md"]
      .flatMap((name) => (name.endsWith(".md") ? [join("node_modules", name)] : under(join("node_modules", name), /\.(?:js|ts|md)$/)))
      .slice(0, 400);
    expect(files.length).toBeGreaterThan(150);
    expect(files.flatMap(found)).toEqual([]);
  });
});
