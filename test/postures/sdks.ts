// A program: both lines of the SDK list the tools and read one file, over Streamable HTTP; prints what they saw as JSON.
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Seen } from "./clients.ts";

const url = new URL(process.env["POSTURE_URL"] ?? "");
const token = process.env["POSTURE_TOKEN"] ?? "";
const options = { requestInit: { headers: token === "" ? {} : { authorization: `Bearer ${token}` } } };

interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(params: { name: string; arguments: Record<string, unknown> }, ...rest: never[]): Promise<object>;
  close(): Promise<void>;
}

async function look(client: AnyClient): Promise<Seen> {
  const { tools } = await client.listTools();
  const read = await client.callTool({ name: "read-file", arguments: { path: "src/b.ts" } });
  await client.close();
  const { text } = Reflect.get(read, "structuredContent") as { text: string };
  return { tools: tools.map(({ name }) => name), text };
}

const v1 = new ClientV1({ name: "v1", version: "1" });
await v1.connect(new HttpV1(url, options));
const v2 = new ClientV2({ name: "v2", version: "1" }, { versionNegotiation: { mode: "auto" } });
await v2.connect(new HttpV2(url, options));
process.stdout.write(`${JSON.stringify({ v1: await look(v1), v2: await look(v2) })}\n`);
