// The yardstick: an MCP server on the same SDK that returns the same text without any gate, optionally with one fsync.
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { z } from "zod";

const [file, log] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: ungated.ts FILE [LOG]");
const text = readFileSync(file, "utf8");
const sink = log === undefined ? undefined : openSync(log, "a");

serveStdio(() => {
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
