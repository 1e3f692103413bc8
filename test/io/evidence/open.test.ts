// D25: only the providers that the configuration lists, and none whose facts nobody handed in.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Config } from "../../../src/core/config/schema.ts";
import { providerNames } from "../../../src/core/gate/providers.ts";
import { fetchProgram } from "../../../src/io/evidence/fetch.ts";
import { openProviders, type ProviderParts } from "../../../src/io/evidence/open.ts";
import { openLocalProviders } from "../../../src/io/evidence/open-local.ts";
import { gather } from "../../../src/io/evidence/gather.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { dsse, spec, trust } from "../../support/evidence.ts";
import { question, tell } from "../../support/questions.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let state: string;
let repo: string;
beforeEach(() => {
  state = scratch("evidence-open");
  repo = scratch("evidence-open-repo");
});
afterEach(() => [state, repo].forEach(removeScratch));

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
    served: { path: repo, gitDir: join(repo, ".git") },
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

/** Threat: the place was looked at when the configuration was loaded; a link is repointed while the validator runs. */
describe("evidence that became code", () => {
  const link = (): string => join(state, "current");
  const repoint = (to: string): void => {
    rmSync(link(), { force: true });
    symlinkSync(to, link());
  };
  beforeEach(() => {
    for (const folder of [join(state, "outside"), join(repo, "reports"), join(repo, "empty")])
      mkdirSync(folder);
    for (const folder of [join(state, "outside"), join(repo, "reports")])
      writeFileSync(join(folder, "x.json"), "1");
  });

  const report = (file = "x.json"): Promise<string> => {
    const json = { root: "current", root_id: "r", max_bytes: 100, allow_yaml: false };
    return tell(openProviders(parts({ json })).json!, "json", "path", { file });
  };
  const statement = (): Promise<string> => {
    const carried = [Buffer.from(dsse().bytes).toString()];
    const { signed } = openProviders({ ...parts({ folder: "current" }), carried });
    return tell(signed!, "signed", "statement", { name: spec().params["name"] as string });
  };

  test("a report is read from outside, and no more once the root leads into the repository", async () => {
    repoint(join(state, "outside"));
    expect(await report()).toBe("1");
    repoint(join(repo, "reports"));
    expect(await report()).toBe("json_root");
    repoint(join(state, "outside"));
    expect(await report()).toBe("1");
  });

  test("nor from a root that has come to hold the repository", async () => {
    const holder = join(state, "holder");
    mkdirSync(join(holder, "tree"), { recursive: true });
    writeFileSync(join(holder, "tree", "x.json"), "1");
    repoint(holder);
    expect(await report("tree/x.json")).toBe("1");
    writeFileSync(join(holder, "tree", ".git"), `gitdir: ${join(repo, ".git")}\n`);
    expect(await report("tree/x.json")).toBe("json_root");
  });

  test("a folder of the repository, even an empty one, hides no statement that takes others back", async () => {
    mkdirSync(join(state, "none"));
    repoint(join(state, "none"));
    expect(await statement()).not.toBe("signed_folder");
    repoint(join(repo, "empty"));
    expect(await statement()).toBe("signed_folder");
  });

  test("nobody knows which places are code: nothing is read", async () => {
    repoint(join(state, "outside"));
    mkdirSync(join(repo, ".git"));
    writeFileSync(join(repo, ".git", "worktrees"), "");
    const json = { root: "current", root_id: "r", max_bytes: 100, allow_yaml: false };
    const question1 = question("json", "path", { file: "x.json" });
    const found = await gather([question1], openProviders(parts({ json })), 1000, () => 0);
    expect(found.get(question1.id)?.error?.code).toBe("json_failed");
  });
});
