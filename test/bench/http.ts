// What the gate costs over HTTP: a gated read against an ungated server on the same SDK, in one run.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { RpcAnswer } from "../support/rpc.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import { type Caller, compare, type Contender, printTable } from "./compare.ts";
import { bin, published, raiseLimits, root } from "./subject.ts";

/** A raw client of the 2026-07-28 revision: measures the server, not a client library. */
function httpCaller(port: number, child: ChildProcess): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  let id = 0;
  const call = (name: string, args: unknown): Promise<RpcAnswer> =>
    new Promise((resolve, reject) => {
      const meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
      };
      const body = JSON.stringify({
        jsonrpc: "2.0",
        id: ++id,
        method: "tools/call",
        params: { name, arguments: args, _meta: meta },
      });
      const headers = {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "content-length": Buffer.byteLength(body),
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": name,
      };
      const sent = request(
        { host: "127.0.0.1", port, path: "/mcp", method: "POST", agent, headers },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.on("end", () => resolve(JSON.parse(Buffer.concat(parts).toString("utf8")) as RpcAnswer));
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  return {
    call,
    async close() {
      agent.destroy();
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function gated(state: string, repo: string): Promise<Caller> {
  const port = await freePort();
  const args = [bin, "up", "--port", String(port), "--repo", repo, "--state", state];
  const caller = httpCaller(port, spawn(process.execPath, args, { stdio: "ignore" }));
  for (let look = 0; look < 200; look++) {
    if (
      await caller.call("read-manifest", {}).then(
        () => true,
        () => false,
      )
    )
      break;
    await pause(100);
  }
  await published(caller);
  return caller;
}

async function ungated(file: string, log?: string): Promise<Caller> {
  const args = [join(root, "test", "bench", "ungated-http.ts"), file, ...(log === undefined ? [] : [log])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return httpCaller(Number(line.toString("utf8")), child);
}

export async function benchHttp(): Promise<void> {
  const text = "A line of text as source files have them, sixty-odd bytes long.\n".repeat(64).slice(0, 4096);
  const repo = scratchRepository("bench-http", { "src/file.ts": text });
  const state = scratch("bench-http-state");
  raiseLimits(state, repo);
  const file = join(repo, "src/file.ts");
  const same = { tool: "read-file", args: { path: "src/file.ts" } };
  const contenders: readonly Contender[] = [
    { name: "countersign read-file", client: await gated(state, repo), ...same },
    { name: "ungated SDK server", client: await ungated(file), ...same },
    { name: "ungated SDK + one fsync", client: await ungated(file, join(state, "sink.log")), ...same },
  ];
  printTable("read of 4 KiB over HTTP", "countersign read-file", await compare(contenders));
  await Promise.all(contenders.map(({ client }) => client.close()));
  for (const folder of [repo, state]) removeScratch(folder);
}
