// The yardstick over HTTP: an MCP server on the same SDK, behind its own node handler, without any gate.
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { z } from "zod";

const [file, log] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: ungated-http.ts FILE [LOG]");
const text = readFileSync(file, "utf8");
const sink = log === undefined ? undefined : openSync(log, "a");

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: "ungated", version: "1.0.0" });
  server.registerTool(
    "read-file",
    { description: "Returns one text.", inputSchema: z.object({ path: z.string() }) },
    () => {
      if (sink !== undefined) {
        writeSync(sink, `${"x".repeat(330)}\n`);
        fdatasyncSync(sink);
      }
      return { content: [{ type: "text", text }] };
    },
  );
  return server;
});
const serve = toNodeHandler(handler);
// The handler's own type of a request is stricter about absent properties than node's.
const server = createServer(
  (request, response) => void serve(request as Parameters<typeof serve>[0], response),
);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(typeof address === "object" && address !== null ? address.port : 0);
});
