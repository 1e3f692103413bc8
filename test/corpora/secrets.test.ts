// Secrets in text: the corpus is found to its aims, honest files pass, and a text of nothing but beginnings takes no time.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scannerOf } from "../../src/core/secrets/find.ts";
import { hasCorpora } from "../support/corpora.ts";
import { shippedRules } from "../support/served.ts";
import { measure } from "./measure-secrets.ts";

describe.skipIf(!hasCorpora())("secrets of the corpus", () => {
  test("every tier is found to its aim, and nothing clean is flagged", async () => {
    expect((await measure()).filter(({ ok }) => !ok)).toEqual([]);
  });
});

describe("real files", () => {
  const root = join(import.meta.dirname, "../..");
  const scanner = scannerOf(shippedRules().secrets);
  const under = (folder: string): readonly string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(?:[cm]?[jt]s|json|md|toml|ya?ml)$/.test(name))
      .map((name) => join(folder, name));
  /** Packages of several authors; their tests come along where they publish them. */
  const packages =
    "acorn ajv canonicalize commander cross-spawn debug dependency-cruiser diff ee-first es-toolkit eventsource execa express fast-check fast-uri glob hono ignore ini ipaddr.js jiti jose kleur knip lru-cache magic-string mime-types picomatch qs re2js semver send smol-toml tinyglobby undici vite vitest yaml zod-to-json-schema".split(
      " ",
    );

  test.each(["src", "docs", "config", "test", ...packages.map((name) => join("node_modules", name))])(
    "nothing is found in %s",
    (folder) => {
      const found = under(folder).flatMap((path) => {
        const text = readFileSync(join(root, path), "utf8");
        return scanner.find(text, { path, entropy: true }).map(({ rule, line }) => `${path}:${line} ${rule}`);
      });
      expect(found).toEqual([]);
    },
    60_000,
  );

  test("nothing is found in what the packages that we use say of themselves", () => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    ) as Readonly<Partial<Record<"dependencies" | "devDependencies", Readonly<Record<string, string>>>>>;
    const files = [...Object.keys(dependencies), ...Object.keys(devDependencies)].flatMap((name) =>
      readdirSync(join(root, "node_modules", name), { recursive: true, encoding: "utf8" })
        .filter((path) => /(?:^|\/)(?:README\.md|package\.json)$|\.d\.[cm]?ts$/i.test(path))
        .slice(0, MOST_FILES)
        .map((path) => join("node_modules", name, path)),
    );
    const found = files.flatMap((path) => {
      const hits = scanner.find(readFileSync(join(root, path), "utf8"), { path, entropy: true });
      return hits.map(({ rule, line }) => `${path}:${line} ${rule}`);
    });
    expect(found.filter((one) => !one.startsWith(EXAMPLE))).toEqual([]);
  }, 60_000);
});

/** Of one package: some have thousands. */
const MOST_FILES = 200;
/** Shows a password as somebody would choose it. */
const EXAMPLE = join("node_modules", "@napi-rs", "keyring", "README.md");
