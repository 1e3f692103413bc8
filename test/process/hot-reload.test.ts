// A configuration that changes under a running gateway: what is taken over, what is refused, and what the log says.
import { once } from "node:events";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bin, content, initState, publishedBase } from "../support/agent.ts";
import { type HttpGateway, httpGateway } from "../support/http-gateway.ts";
import { auditEntries } from "../support/log.ts";
import { type RpcClient, rpcClient } from "../support/rpc.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

let repo: string;
let state: string;
beforeEach(() => {
  repo = scratchRepository("reload", { "src/a.txt": "text\n" });
});
afterEach(() => {
  for (const folder of [repo, state]) removeScratch(folder);
});

function rewrite(edit: (before: string) => string): void {
  const file = join(state, "countersign.toml");
  writeFileSync(file, edit(readFileSync(file, "utf8")));
}

const events = (wanted: string): readonly Readonly<Record<string, unknown>>[] =>
  auditEntries(state)
    .filter(({ event }) => event === wanted)
    .map(({ data }) => data);

/** Looks for at most 15 s; the gateway looks every two. */
async function eventually(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let look = 0; look < 75; look++) {
    if (await holds()) return true;
    await pause(200);
  }
  return false;
}

describe("over stdio", () => {
  let client: RpcClient;
  const serve = async (toml: string): Promise<void> => {
    state = initState(repo, toml);
    client = await rpcClient({
      command: process.execPath,
      args: [bin, "up", "--stdio", "--repo", repo, "--state", state],
    });
    await publishedBase(client);
  };
  const listed = async (): Promise<readonly string[]> => {
    const { result = {} } = await client.request("tools/list");
    return (result["tools"] as { name: string }[]).map(({ name }) => name);
  };
  afterEach(async () => void (await client.close()));

  test("a tool that is hidden now is neither listed nor known any more", async () => {
    await serve("");
    rewrite((text) => `${text}\n[server.tools]\ndeny = ["search-files"]\n`);
    expect(await eventually(async () => !(await listed()).includes("search-files"))).toBe(true);
    const answer = await client.call("search-files", { query: "x" });
    expect(answer.error?.code).toBe(-32602);
    expect(events("config.changed")).toMatchObject([{ keys: "server.tools.deny" }]);
  });

  // Threat: the caller is told an internal error by the protocol, and the log knows nothing of it.
  test("a caller whose entry is taken away is gone: recorded, and the process ends", async () => {
    const entry =
      '[auth]\nallow_local_only = false\n[[principals]]\nname = "desk"\nsubjects = ["local:stdio"]\nroles = ["reader"]\n';
    await serve(entry);
    const ended = once(client.child, "exit");
    rewrite((text) => text.replace("local:stdio", "local:unix"));
    expect(await ended).toEqual([2, null]);
    expect(events("access.refused")).toMatchObject([{ reason: "principal_unmapped", door: "stdio" }]);
  });

  test("a file at fault leaves the old one in force, and the log says so", async () => {
    await serve("");
    rewrite((text) => `${text}\n[calls]\nper_minutes = 1\n`);
    expect(await eventually(() => events("config.refused").length > 0)).toBe(true);
    expect(content(await client.call("read-file", { path: "src/a.txt" }))["text"]).toBe("text\n");
    expect(events("config.refused")).toMatchObject([{ reason: "config_invalid" }]);
  });
});

describe("over HTTP", () => {
  let gateway: HttpGateway;
  const door = "[server.http]\nenabled = true\nport = 0\n";
  const status = async (headers: Readonly<Record<string, string>> = {}): Promise<number> => {
    const answer = await fetch(`${gateway.origin}/actions/read-manifest`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  const open = async (toml: string): Promise<void> => {
    state = initState(repo, toml);
    gateway = await httpGateway(state);
  };
  afterEach(async () => void (await gateway.stop()));

  // Nothing is published here, so whoever is let in is told 503.
  test("a limit of the door is taken over", async () => {
    await open(`${door}max_inflight = 9\n`);
    expect(await status()).toBe(503);
    rewrite((text) => text.replace("max_inflight = 9", "max_inflight = 8"));
    expect(await eventually(() => events("config.changed").length > 0)).toBe(true);
    expect(events("config.changed")).toMatchObject([{ keys: "server.http.max_inflight" }]);
  });

  // Threat: the operator corrects the mode, which changes nothing of what was written, and believes the limit to hold.
  test("a file that was refused for its mode is taken over once that is mended", async () => {
    await open(`${door}max_inflight = 9\n`);
    const file = join(state, "countersign.toml");
    chmodSync(file, 0o666);
    rewrite((text) => text.replace("max_inflight = 9", "max_inflight = 8"));
    expect(await eventually(() => events("config.refused").length > 0)).toBe(true);
    chmodSync(file, 0o640);
    expect(await eventually(() => events("config.changed").length > 0)).toBe(true);
    expect(events("config.changed")).toMatchObject([{ keys: "server.http.max_inflight" }]);
    expect(events("config.refused")).toHaveLength(1);
  });

  test("a principal whose subject is taken away is refused from the next look on", async () => {
    const token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(token))).toString("hex");
    const entry = (subject: string): string =>
      `[[principals]]\nname = "bot"\nsubjects = ["${subject}"]\nroles = ["reader"]\n`;
    await open(`${door}[auth]\nmode = "bearer_token"\n${entry(`token:${digest}`)}`);
    const headers = { authorization: `Bearer ${token}` };
    expect(await status(headers)).toBe(503);
    rewrite((text) => text.replace(digest, "0".repeat(64)));
    expect(await eventually(async () => (await status(headers)) === 401)).toBe(true);
  });

  test("a key that decides how the process was started needs a restart: nothing of the file is taken over", async () => {
    await open(`${door}max_inflight = 9\n`);
    rewrite(
      (text) =>
        `${text.replace("max_inflight = 9", "max_inflight = 8")}\n[gateway]\nshared_user = "refuse"\n`,
    );
    expect(await eventually(() => events("config.refused").length > 0)).toBe(true);
    expect(events("config.refused")).toMatchObject([{ reason: "restart_needed" }]);
    expect(events("config.changed")).toEqual([]);
  });
});

test.each([
  ["--stdio", "[server]\nstdio = false\n[server.http]\nenabled = true\n", "server.stdio = false"],
  ["--http", "", "server.http.enabled = false"],
])("countersign gateway %s on a configuration without that door: exit 2", async (door, toml, said) => {
  state = initState(repo, toml);
  const child = await rpcClient(
    { command: process.execPath, args: [bin, "gateway", door, "--state", state], stderr: "pipe" },
    false,
  );
  let stderr = "";
  child.child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  expect(await child.close()).toBe(2);
  expect(stderr).toContain(said);
});
