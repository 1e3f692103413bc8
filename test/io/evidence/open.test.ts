// D25: only the providers that the configuration lists, and none whose facts nobody handed in.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Config } from "../../../src/core/config/schema.ts";
import { providerNames } from "../../../src/core/gate/providers.ts";
import { fetchProgram } from "../../../src/io/evidence/fetch.ts";
import { openProviders, type ProviderParts } from "../../../src/io/evidence/open.ts";
import { openLocalProviders } from "../../../src/io/evidence/open-local.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { trust } from "../../support/evidence.ts";
import { tell } from "../../support/questions.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let state: string;
beforeEach(() => {
  state = scratch("evidence-open");
});
afterEach(() => removeScratch(state));

function parts(evidence: Partial<Config["evidence"]> = {}): ProviderParts {
  const config = {
    evidence: {
      providers: [...providerNames],
      timeout_ms: 1000,
      folder: "",
      env: { allow: ["A"] },
      json: { root: "reports", root_id: "reports", max_bytes: 100, allow_yaml: false },
      http: { allowed_hosts: [], max_bytes: 100 },
      ...evidence,
    },
  } as unknown as Config;
  return {
    config,
    layout: layout(state),
    place: "validator",
    clock: () => 0,
    env: { A: "a" },
    trust: trust(),
    git: () => Promise.reject(new Error("none")),
    checks: () => ({ checks: [], protectedPaths: undefined }),
    caller: { principal: "p", changeType: undefined, riskLevel: undefined, claims: [] },
    program: fetchProgram(process.execPath, state),
  };
}

test("all that are listed", () => {
  expect(Object.keys(openProviders(parts())).sort()).toEqual([...providerNames].sort());
});

test.each(providerNames)("%s is not there unless it is listed", (name) => {
  const listed = providerNames.filter((other) => other !== name);
  expect(Object.keys(openProviders(parts({ providers: listed }))).sort()).toEqual([...listed].sort());
});

test("none is there whose facts nobody handed in", () => {
  const { git: _git, checks: _checks, caller: _caller, ...rest } = parts();
  expect(Object.keys(openProviders(rest)).sort()).toEqual(["env", "http", "json", "signed", "time"]);
});

test("the local ones start no process and know neither git nor checks", () => {
  expect(Object.keys(openLocalProviders(parts())).sort()).toEqual([
    "caller",
    "env",
    "json",
    "signed",
    "time",
  ]);
});

test("folders may be relative to the state folder; an empty one is none", async () => {
  mkdirSync(join(state, "reports"));
  writeFileSync(join(state, "reports", "x.json"), "1");
  const { json } = openProviders(parts());
  if (json === undefined) throw new TypeError("no json");
  expect(await tell(json, "json", "path", { file: "x.json" })).toBe("1");
  const none = openProviders(
    parts({ json: { root: "", root_id: "r", max_bytes: 100, allow_yaml: false } }),
  ).json;
  if (none === undefined) throw new TypeError("no json");
  expect(await tell(none, "json", "path", { file: "reports/x.json" })).toBe("json_root");
});
