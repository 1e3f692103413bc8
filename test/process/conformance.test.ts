// The official conformance suite against the real gateway, both requirement sets, every expected failure named by its check.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../support/agent.ts";
import { type HttpGateway, httpGateway } from "../support/http-gateway.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { removeScratch, scratch } from "../support/scratch.ts";

const suite = join(root, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
const expected = (revision: string): string => join(root, "test/conformance", `${revision}.yaml`);

let state: PublishedState;
let gateway: HttpGateway;
const results = scratch("conformance");
beforeAll(async () => {
  state = await publishedState("[server.http]\nenabled = true\nport = 0\n[calls]\nper_minute = 100000\n");
  await state.publish({ "src/a.ts": "one\ntwo\n" });
  gateway = await httpGateway(state.layout.root);
});
afterAll(async () => {
  expect(await gateway.stop()).toBe(0);
  removeScratch(state.layout.root);
  removeScratch(results);
});

async function run(...options: readonly string[]): Promise<{ code: unknown; said: string }> {
  const args = [suite, "server", "--url", `${gateway.origin}/mcp`, ...options, "-o", results];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  const [code] = (await once(child, "close")) as unknown[];
  return { code, said };
}

/** Scenarios that have to pass whole: what they check is about the protocol, not about tools of the reference server. */
const WHOLE = {
  "2026-07-28": [
    "tools-list",
    "resources-list",
    "prompts-list",
    "caching",
    "sep-2164-resource-not-found",
    "dns-rebinding-protection",
    "server-sse-multiple-streams",
    "input-required-result-unsupported-methods",
    "input-required-result-validate-input",
  ],
  "2025-11-25": [
    "server-initialize",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
  ],
} as const;

describe.each(Object.keys(WHOLE) as (keyof typeof WHOLE)[])("X13, D04: revision %s", (revision) => {
  const withBaseline = (file: string) => run("--requirements", revision, "--expected-failures", file);

  test("passes the requirement set, but for the failures that are named with their reason", async () => {
    const { code, said } = await withBaseline(expected(revision));
    expect({ code, said: code === 0 ? "" : said }).toEqual({ code: 0, said: "" });
    const baseline = readFileSync(expected(revision), "utf8");
    for (const scenario of WHOLE[revision]) {
      expect(said).toMatch(new RegExp(`✓ ${scenario}: [1-9]\\d* passed, 0 failed`));
      expect(baseline).not.toContain(`- ${scenario}`);
    }
  });

  test("an entry that is stale fails, and so does one that is missing", async () => {
    const baseline = readFileSync(expected(revision), "utf8");
    const stale = join(results, `${revision}-stale.yaml`);
    writeFileSync(stale, `${baseline}  - tools-list:tools-list\n`);
    const first = await withBaseline(stale);
    expect(first.code).toBe(1);
    expect(first.said).toMatch(/[Ss]tale/);
    const missing = join(results, `${revision}-missing.yaml`);
    writeFileSync(missing, baseline.replace(/^ {2}- tools-call-error:.*\n/m, ""));
    const second = await withBaseline(missing);
    expect(second.code).toBe(1);
    expect(second.said).toContain("Unexpected failures");
  });
});

test("the suite does not count its header checks yet; all 14 pass all the same", async () => {
  const { code, said } = await run("--scenario", "http-header-validation", "--spec-version", "2026-07-28");
  expect(code).toBe(0);
  expect(said).toContain("Passed: 14/14, 0 failed, 0 warnings");
});
