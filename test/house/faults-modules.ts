// Faults of modules and files: what only one room may load, and what no file may do at all.
import { type Fault, load, room } from "./fault.ts";

export const moduleFaults: readonly Fault[] = [
  {
    what: "a worker",
    rule: "no-escape",
    file: "src/gateway/f19.ts",
    text: load("node:worker_threads"),
    said: "past the boundaries",
  },
  {
    what: "a require()",
    rule: "no-escape",
    file: "src/validator/f20.ts",
    text: load("node:module"),
    said: "past the boundaries",
  },
  {
    what: "a second opener of the database",
    rule: "database-in-store",
    file: "src/io/file/f21.ts",
    text: load("better-sqlite3"),
    said: "Only io/store",
  },
  {
    what: "state beside the store",
    rule: "sqlite-for-lock",
    file: "src/io/store/f22.ts",
    text: load("node:sqlite"),
    said: "lock.ts",
  },
  {
    what: "MCP outside the gateway",
    rule: "mcp-in-gateway",
    file: "src/integrator/f23.ts",
    text: load("@modelcontextprotocol/server"),
    said: "ends at the gateway",
  },
  {
    what: "a parser of hostile bytes outside the inspector",
    rule: "parsers-in-inspector",
    file: "src/validator/f31.ts",
    text: load("@secretlint/core"),
  },
  {
    what: "the process with the key loads what the inspector runs",
    rule: "parsers-not-with-the-key",
    file: "src/validator/main.ts",
    text: load("./scanners/inspector-child.ts"),
    beside: { "src/validator/scanners/inspector-child.ts": room("a") },
  },
  {
    what: "a circle",
    rule: "no-cycle",
    file: "src/io/log/f24.ts",
    text: `import { a } from "./f24peer.ts";\nexport const b = (): number => a();\n`,
    beside: {
      "src/io/log/f24peer.ts": `import { b } from "./f24.ts";\nexport const a = (): number => b();\n`,
    },
  },
  { what: "a file that nobody loads", rule: "no-orphan", file: "src/integrator/f25.ts", text: room("a") },
  {
    what: "source loads a test",
    rule: "no-test-in-source",
    file: "src/validator/f26.ts",
    text: load("../../test/f26-room.ts"),
    beside: { "test/f26-room.ts": room("a") },
  },
  {
    what: "an import to nowhere",
    rule: "resolvable",
    file: "src/gateway/f27.ts",
    text: load("./nowhere.ts"),
  },
  { what: "a package of tests", rule: "declared", file: "src/io/log/f28.ts", text: load("fast-check") },
];
