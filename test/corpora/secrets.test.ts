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
});
