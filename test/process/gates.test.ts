// The policy's gates in the real processes: evidence read behind the walls, a policy that changes, and no secret anywhere.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bin, type Content, content, initState, publishedBase } from "../support/agent.ts";
import { ALWAYS, condition, gate, NEVER } from "../support/gates.ts";
import { action, toolCall } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { auditEntries } from "../support/log.ts";
import { type RpcClient, rpcClient } from "../support/rpc.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

const REPORT = condition(
  "report",
  "json",
  { check: "path", file: "ci.json", jsonpath: "$.ok" },
  true,
  'type = "boolean"',
);
const WINDOW = condition("window", "env", { check: "get", key: "DEPLOY_WINDOW" }, "open");
const EVIDENCE = '[evidence.json]\nroot = "reports"\n[evidence.env]\nallow = ["DEPLOY_WINDOW"]\n';

describe("over stdio", () => {
  let repo: string;
  let state: string;
  let client: RpcClient;
  const policy = REPORT + WINDOW + EVIDENCE + gate("read-file", '{ all = ["report", "window"] }');
  const report = (text: string): void => {
    mkdirSync(join(state, "reports"), { recursive: true });
    writeFileSync(join(state, "reports", "ci.json"), text);
  };
  const read = (): Promise<Content> => client.call("read-file", { path: "src/a.txt" }).then(content);

  beforeAll(async () => {
    repo = scratchRepository("gates", { "src/a.txt": "text\n" });
    state = initState(repo, policy);
    client = await rpcClient({
      command: process.execPath,
      args: [bin, "up", "--stdio", "--repo", repo, "--state", state],
      env: { DEPLOY_WINDOW: "open" },
    });
    await publishedBase(client);
  });
  afterAll(async () => {
    await client.close();
    for (const folder of [repo, state]) removeScratch(folder);
  });

  test("a folder that is made later is read, and what it holds decides each call", async () => {
    expect(await read()).toMatchObject({ refusal: { code: "provider_error", where: "report" } });
    report('{"ok":true}');
    expect(await read()).toMatchObject({ text: "text\n" });
    report('{"ok":false}');
    expect(await read()).toMatchObject({
      refusal: { code: "condition_false" },
      gate: {
        gate: "read-file",
        state: "false",
        condition: "report",
        conditions: [
          { id: "report", state: "false", reason: "condition_false" },
          { id: "window", state: "true", reason: null },
        ],
      },
    });
  });

  test("a resource is the same call under another name", async () => {
    report('{"ok":false}');
    const answer = await client.request("resources/read", { uri: "countersign://file/src/a.txt" });
    expect(answer).toMatchObject({
      error: { code: -32602, data: { refusal: { code: "condition_false" }, gate: { condition: "report" } } },
    });
    report('{"ok":true}');
    expect(
      (await client.request("resources/read", { uri: "countersign://file/src/a.txt" })).error,
    ).toBeUndefined();
  });

  test("a changed policy is in force as a whole, without a restart", async () => {
    const file = join(state, "countersign.toml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text + NEVER + gate("search-files", '"never"'));
    const search = async (): Promise<Content> =>
      content(await client.call("search-files", { query: "text" }));
    // In between, the manifest of the new policy is still to come.
    const becomes = async (member: "gate" | "matches"): Promise<Content> => {
      for (let look = 0; look < 150 && !Object.hasOwn(await search(), member); look++) await pause(200);
      return search();
    };
    expect(await becomes("gate")).toMatchObject({
      refusal: { code: "condition_false" },
      gate: { gate: "search-files" },
    });
    writeFileSync(file, text);
    expect(await becomes("matches")).toMatchObject({ matches: [{ path: "src/a.txt" }] });
    const keys = auditEntries(state)
      .filter(({ event }) => event === "config.changed")
      .map(({ data }) => String(data["keys"]));
    expect(keys.length).toBeGreaterThanOrEqual(2);
    expect(keys.every((words) => words.includes("gates.search-files"))).toBe(true);
  });
});

// Acceptance 7: evidence values are secrets until somebody says otherwise.
describe("over HTTP", () => {
  const canary = `canary-${crypto.randomUUID()}`;
  let room: Room;
  let up: Up;
  let token: string;
  const answers: string[] = [];

  beforeAll(async () => {
    room = openRoom(
      "quickstart",
      `[auth]\nmode = "bearer_token"\n[log]\nlevel = "debug"\n[feedback]\nlocal = "evidence"\nevidence = ["alice"]\n` +
        "[server.http]\nenabled = true\n" +
        WINDOW +
        ALWAYS +
        EVIDENCE +
        gate("read-file", '{ all = ["always", "window"] }'),
    );
    up = await room.up({ env: { DEPLOY_WINDOW: canary } });
    token = room.token("bob");
  });
  afterAll(() => room.remove());

  test("a remote caller learns the summary, on each door the same; who is named learns hashes and no value", async () => {
    const summary = { gate: "read-file", state: "false", condition: null, reason: "condition_false" };
    const rest = await up.ask(...action("read-file", { path: "src/a.ts" }, { token }));
    expect(rest.status).toBe(409);
    expect(rest.json).toEqual({
      refusal: expect.objectContaining({ code: "condition_false" }) as object,
      gate: summary,
    });
    const spoken: string[] = [];
    for (const era of ["legacy", "modern"] as const) {
      const answer = await up.ask(...toolCall(era, "read-file", { path: "src/a.ts" }, 1, { token }));
      expect(answer.json).toMatchObject({ result: { isError: true, structuredContent: rest.json } });
      spoken.push(answer.text);
    }
    const alice = await up.ask(...action("read-file", { path: "src/a.ts" }, { token: room.token("alice") }));
    expect(alice.json).toMatchObject({
      gate: {
        conditions: [
          { id: "always" },
          {
            id: "window",
            lane: "verified",
            value: null,
            digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          },
        ],
      },
    });
    answers.push(rest.text, ...spoken, alice.text);
  });

  test("the value is in no database, log, file or answer", async () => {
    await up.stop();
    const files = readdirSync(room.state, { recursive: true, encoding: "utf8" })
      .map((name) => join(room.state, name))
      .filter((path) => statSync(path).isFile());
    expect(files.some((path) => path.endsWith("store.db"))).toBe(true);
    const everything = [...files.map((path) => readFileSync(path, "latin1")), up.said(), ...answers];
    for (const form of [canary, Buffer.from(canary).toString("base64"), Buffer.from(canary).toString("hex")])
      expect(everything.some((text) => text.includes(form))).toBe(false);
  });
});
