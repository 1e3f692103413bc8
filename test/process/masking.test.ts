// Masking with real processes: a planted secret is in no answer and on no disk of ours, work beside it goes on, and nobody waits in silence.
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bin,
  content,
  initState,
  propose,
  publishedBase,
  refusalCode,
  type Served,
  serve,
} from "../support/agent.ts";
import { plantedFiles, plantedSecrets } from "../support/planted.ts";
import { type RpcAnswer, rpcClient } from "../support/rpc.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";
import { standingBytes, standingFiles } from "../support/standing.ts";

const LIMITS = "[calls]\nper_minute = 100000\n[proposal]\nper_hour = 10000\n";
const RULES =
  '[[secrets.redact]]\nid = "pin"\npaths = ["*.json"]\nprincipals = ["local:stdio"]\njson_path = "$.pin"\n';
const PIN = ["73", "91", "55"].join("");
const long = (n: number): string => `export const v${n} = ${n};\n`;
const FILES = {
  ...plantedFiles,
  "data.json": `{\n  "name": "app",\n  "pin": "${PIN}",\n  "port": 1,\n  "host": "x",\n  "db": "y"\n}\n`,
  "src/far.ts": `${[1, 2, 3].map(long).join("")}const k = "${plantedSecrets["aws"] ?? ""}";\n${[4, 5, 6, 7].map(long).join("")}`,
};

describe("planted secrets", () => {
  let served: Served;
  const answers: RpcAnswer[] = [];
  beforeAll(async () => {
    served = await serve(scratchRepository("masking", FILES), LIMITS + RULES);
  });
  afterAll(async () => {
    await served.stop();
    removeScratch(served.repo);
  });

  const call = async (name: string, args: unknown): Promise<RpcAnswer> => {
    const answer = await served.client.call(name, args);
    answers.push(answer);
    return answer;
  };
  const replace = (path: string, old_text: string, new_text: string) => ({
    edits: [{ op: "replace", path, old_text, new_text }],
  });

  test("reading and searching", async () => {
    await call("read-manifest", {});
    for (const path of Object.keys(FILES)) {
      const { text, redactions } = content(await call("read-file", { path })) as {
        text: string;
        redactions: unknown[];
      };
      expect([path, redactions.length > 0]).toEqual([path, text.includes("[REDACTED:")]);
    }
    for (const secret of [...Object.values(plantedSecrets), PIN]) {
      const answer = await served.client.call("search-files", { query: secret });
      expect(content(answer)["matches"]).toEqual([]);
      const regex = `${secret.slice(0, -1)}[${secret.at(-1) ?? ""}]`;
      expect(
        content(await served.client.call("search-files", { query: regex, regex: true }))["matches"],
      ).toEqual([]);
    }
    await call("search-files", { query: "REDACTED" });
  });

  test("a change beside a masked line applies; one of the line, and a guess of it, is refused", async () => {
    const beside = await propose(served, replace("src/far.ts", "v6 = 6", "v6 = 60"));
    answers.push(beside);
    // git took it; that the base holds a secret is for a person to see.
    const reasons = content(beside)["reasons"] as { code: string }[];
    expect([content(beside)["state"], ...reasons.map(({ code }) => code)]).toEqual([
      "manual_required",
      "secret_suspected",
    ]);
    const json = await propose(served, replace("data.json", '"db": "y"', '"db": "z"'));
    answers.push(json);
    expect(content(json)["state"]).toBe("approved");
    const line = await propose(served, replace("data.json", '"[REDACTED:pin]"', '"0"'));
    expect(refusalCode(line)).toBe("line_masked");
    const guess = (pin: string) => ({
      diff: `diff --git a/data.json b/data.json\n--- a/data.json\n+++ b/data.json\n@@ -3,3 +3,3 @@\n   "pin": "${pin}",\n-  "port": 1,\n+  "port": 2,\n   "host": "x",\n`,
    });
    const bare = (answer: RpcAnswer): string => JSON.stringify(answer.result);
    expect(bare(await propose(served, guess("000000")))).toBe(bare(await propose(served, guess("000001"))));
    expect(refusalCode(await propose(served, guess("000000")))).toBe("line_masked");
  });

  test.each(Object.keys(plantedSecrets))("%s is in no answer, and in no file of the state", (kind) => {
    const secret = plantedSecrets[kind] ?? "";
    expect(JSON.stringify(answers)).not.toContain(secret);
    const files = standingFiles(served.state);
    const holding = files.filter((file) => standingBytes(file).includes(secret));
    expect(holding).toEqual([]);
    expect(files.length).toBeGreaterThan(10);
  });

  test("what is masked for this caller only is in none of its answers", () => {
    expect(JSON.stringify(answers)).not.toContain(PIN);
  });
});

test("while the first manifest of many files is made, each call is answered before it is done and says how far it is", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, n) => [`d${n % 100}/f${n}.ts`, long(n).repeat(20)]),
  );
  const repo = scratchRepository("first-manifest", files);
  const state = initState(repo, LIMITS);
  const client = await rpcClient({
    command: process.execPath,
    args: [bin, "up", "--stdio", "--repo", repo, "--state", state],
  });
  const said: string[] = [];
  for (;;) {
    const answer = await client.call("read-manifest", {});
    if (typeof content(answer)["manifest"] === "string") break;
    expect(refusalCode(answer)).toBe("manifest_unavailable");
    said.push(JSON.stringify(answer));
    await pause(100);
  }
  const told = said.flatMap((text) => /(\d+) of (\d+) files/.exec(text)?.slice(1).map(Number) ?? []);
  expect(told.length).toBeGreaterThan(0);
  expect(told.filter((_, at) => at % 2 === 1).every((total) => total === 10_000)).toBe(true);
  expect(await publishedBase(client)).toMatch(/^[0-9a-f]{64}$/);
  await client.close();
  for (const folder of [repo, state]) removeScratch(folder);
}, 120_000);
