// Other people's clients on a running posture: the stock Inspector, and both lines of the SDK in a process that trusts its CA.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { root } from "../support/agent.ts";
import type { Posture } from "./posture.ts";

/** What each client saw: the names of the tools, and the text of one file. */
export interface Clients {
  readonly inspector: Seen;
  readonly v1: Seen;
  readonly v2: Seen;
}

export interface Seen {
  readonly tools: readonly string[];
  readonly text: string;
}

export async function clientsOf(posture: Posture): Promise<Clients> {
  const { v1, v2 } = JSON.parse(await node(posture, [join(root, "test/postures/sdks.ts")])) as {
    v1: Seen;
    v2: Seen;
  };
  return { inspector: await inspector(posture), v1, v2 };
}

async function inspector(posture: Posture): Promise<Seen> {
  const inspect = async (era: string, ...method: readonly string[]): Promise<unknown> => {
    const token = posture.token("agent");
    const header = token === undefined ? [] : ["--header", `Authorization: Bearer ${token}`];
    // prettier-ignore
    const args = [join(root, "node_modules/.bin/mcp-inspector"), "--cli", new URL("/mcp", posture.door.origin).href,
      "--transport", "http", ...header, "--protocol-era", era, "--format", "json", "-q", "--method", ...method];
    return (JSON.parse(await node(posture, args)) as { result: unknown }).result;
  };
  const { tools } = (await inspect("modern", "tools/list")) as { tools: readonly { name: string }[] };
  const call = ["tools/call", "--tool-name", "read-file", "--tool-args-json", '{"path":"src/b.ts"}'];
  const read = (await inspect("legacy", ...call)) as { structuredContent: { text: string } };
  return { tools: tools.map(({ name }) => name), text: read.structuredContent.text };
}

const TIMEOUT_MS = 60_000;

/** Standard output of a node that trusts the posture's CA and knows address and token from its environment. */
function node({ door, token }: Posture, args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    ...(door.ca === undefined ? {} : { NODE_EXTRA_CA_CERTS: door.ca }),
    POSTURE_URL: new URL("/mcp", door.origin).href,
    POSTURE_TOKEN: token("agent") ?? "",
  };
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      args,
      { env, encoding: "utf8", timeout: TIMEOUT_MS },
      (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(`${String(args[0])}: ${stderr}${stdout}`)),
    );
  });
}
