// A raw JSON-RPC client over stdio, without any SDK: measures and attacks the server, not a client library.
import { type ChildProcess, spawn } from "node:child_process";

export interface RpcAnswer {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

export interface RpcClient {
  readonly child: ChildProcess;
  request(method: string, params?: unknown): Promise<RpcAnswer>;
  call(name: string, args: unknown): Promise<RpcAnswer>;
  /** Closes the server's input and waits for its end; its exit code, or null when a signal ended it. */
  close(): Promise<number | null>;
}

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stderr?: "ignore" | "inherit" | "pipe";
}

/** Starts the server and, unless told otherwise, shakes hands as a client of protocol 2025-11-25. */
export async function rpcClient(server: ServerCommand, handshake = true): Promise<RpcClient> {
  const child = spawn(server.command, server.args, {
    stdio: ["pipe", "pipe", server.stderr ?? "ignore"],
    env: { ...process.env, ...server.env },
  });
  const waiting = new Map<number, (answer: RpcAnswer) => void>();
  let next = 1;
  let rest = "";
  const ended = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      resolve(code);
      for (const resume of waiting.values()) resume({ error: { code: 0, message: "server ended" } });
    });
  });
  child.stdin?.on("error", () => undefined);
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("{")) continue;
      const answer = JSON.parse(line) as RpcAnswer;
      if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    }
  });
  const request = (method: string, params: unknown = {}): Promise<RpcAnswer> => {
    const id = next++;
    if (child.exitCode !== null || child.signalCode !== null)
      return Promise.resolve({ error: { code: 0, message: "server ended" } });
    return new Promise((resolve) => {
      waiting.set(id, (answer) => {
        waiting.delete(id);
        resolve(answer);
      });
      child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
  };
  if (handshake) {
    await request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "raw", version: "1" },
    });
    child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
  }
  return {
    child,
    request,
    call: (name, args) => request("tools/call", { name, arguments: args }),
    close: () => {
      child.stdin?.end();
      return ended;
    },
  };
}
