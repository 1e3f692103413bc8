// The faults that are built into a copy of the house, each with the rule that has to catch it.

export interface Fault {
  readonly what: string;
  readonly rule: string;
  /** The guilty file, what it says, and the innocent files that it needs. */
  readonly file: string;
  readonly text: string;
  readonly beside?: Readonly<Record<string, string>>;
  /** Words of the reason that the editor shows, where oxlint can see the fault in one file. */
  readonly said?: string;
}

export const room = (name: string): string => `export const ${name} = 1;\n`;
export const load = (from: string): string => `import { a } from "${from}";\nexport const b = a;\n`;

export const faults: readonly Fault[] = [
  {
    what: "gateway names validator",
    rule: "gateway-stands-alone",
    file: "src/gateway/f1.ts",
    text: load("../validator/f1-room.ts"),
    beside: { "src/validator/f1-room.ts": room("a") },
    said: "only in the exchange",
  },
  {
    what: "gateway names a type of integrator",
    rule: "gateway-stands-alone",
    file: "src/gateway/f2.ts",
    text: `import type { A } from "../integrator/f2-room.ts";\nexport type B = A;\n`,
    beside: { "src/integrator/f2-room.ts": "export type A = string;\n" },
    said: "only in the exchange",
  },
  {
    what: "gateway reaches validator through a file of core",
    rule: "gateway-stands-alone",
    file: "src/gateway/f3.ts",
    text: load("../core/f3-bridge.ts"),
    beside: {
      "src/core/f3-bridge.ts": load("../validator/f3-room.ts").replace("b =", "a2 =") + room("a"),
      "src/validator/f3-room.ts": room("a"),
    },
  },
  {
    what: "integrator loads validator later, from inside a function",
    rule: "integrator-stands-alone",
    file: "src/integrator/f4.ts",
    text: `export class Late {\n  async load(): Promise<unknown> {\n    return await import("../validator/f4-room.ts");\n  }\n}\n`,
    beside: { "src/validator/f4-room.ts": room("a") },
  },
  {
    what: "integrator names validator",
    rule: "integrator-stands-alone",
    file: "src/integrator/f5.ts",
    text: load("../validator/f5-room.ts"),
    beside: { "src/validator/f5-room.ts": room("a") },
    said: "only in the exchange",
  },
  {
    what: "validator names gateway",
    rule: "validator-stands-alone",
    file: "src/validator/f6.ts",
    text: load("../gateway/f6-room.ts"),
    beside: { "src/gateway/f6-room.ts": room("a") },
    said: "only in the exchange",
  },
  {
    what: "core reads a disk",
    rule: "core-is-pure",
    file: "src/core/f7.ts",
    text: load("node:fs"),
    said: "core is pure",
  },
  {
    what: "core loads a package that is not on its list",
    rule: "core-is-pure",
    file: "src/core/f8.ts",
    text: load("pino"),
    said: "core is pure",
  },
  {
    what: "core names io",
    rule: "core-is-pure",
    file: "src/core/f9.ts",
    text: load("../io/f9-room.ts"),
    beside: { "src/io/f9-room.ts": room("a") },
    said: "ground floor",
  },
  {
    what: "io names a wing",
    rule: "io-is-a-floor",
    file: "src/io/f10.ts",
    text: load("../gateway/f10-room.ts"),
    beside: { "src/gateway/f10-room.ts": room("a") },
    said: "io is a floor",
  },
  {
    what: "validator names the store",
    rule: "validator-without-store",
    file: "src/validator/f11.ts",
    text: load("../io/store/f11-room.ts"),
    beside: { "src/io/store/f11-room.ts": room("a") },
    said: "only in the exchange",
  },
  {
    what: "validator reaches the store through the exchange",
    rule: "validator-without-store",
    file: "src/validator/f12.ts",
    text: load("../io/exchange/f12-bridge.ts"),
    beside: {
      "src/io/exchange/f12-bridge.ts": `export { a } from "../store/f12-room.ts";\n`,
      "src/io/store/f12-room.ts": room("a"),
    },
  },
  {
    what: "validator names a room of io that is not on its list",
    rule: "validator-rooms",
    file: "src/validator/f13.ts",
    text: load("../io/secrets/f13-room.ts"),
    beside: { "src/io/secrets/f13-room.ts": room("a") },
    said: "only in the exchange",
  },
  {
    what: "validator reaches the network through a provider of evidence",
    rule: "validator-without-network",
    file: "src/validator/f13b.ts",
    text: load("../io/evidence/f13b-bridge.ts"),
    beside: {
      "src/io/evidence/f13b-bridge.ts": `export { a } from "../http/f13b-room.ts";\n`,
      "src/io/http/f13b-room.ts": room("a"),
    },
  },
  {
    what: "spans outside their room",
    rule: "seeing-in-metrics",
    file: "src/gateway/alerts/f13d.ts",
    text: load("@opentelemetry/api"),
  },
  {
    what: "a second reader of YAML",
    rule: "yaml-in-evidence",
    file: "src/io/evidence/f13c.ts",
    text: load("yaml"),
  },
  {
    what: "gateway reaches io/exec through io",
    rule: "gateway-without-children",
    file: "src/gateway/f14.ts",
    text: load("../io/file/f14-bridge.ts"),
    beside: {
      "src/io/file/f14-bridge.ts": `export * from "../exec/f14-room.ts";\n`,
      "src/io/exec/f14-room.ts": room("a"),
    },
  },
  {
    what: "integrator names the signing room",
    rule: "signing-in-validator",
    file: "src/integrator/f15.ts",
    text: load("../validator/signing/f15-room.ts"),
    beside: { "src/validator/signing/f15-room.ts": room("a") },
    said: "only in the exchange",
  },
  {
    what: "a second caller of child_process",
    rule: "children-in-exec",
    file: "src/validator/f16.ts",
    text: load("node:child_process"),
    said: "Only io/exec spawns",
  },
  {
    what: "the gateway listens outside its door",
    rule: "listening-in-http",
    file: "src/gateway/f17.ts",
    text: load("node:http"),
    said: "Only gateway/http listens",
  },
  {
    what: "a transport takes its types from a server of its own",
    rule: "listening-in-http",
    file: "src/gateway/mcp/f17b.ts",
    text: `import type { A } from "node:https";\nexport type B = A;\n`,
    said: "Only gateway/http listens",
  },
  {
    what: "a socket under its old name",
    rule: "listening-in-http",
    file: "src/io/exec/f18.ts",
    text: load("net"),
    said: "Only gateway/http listens",
  },
  {
    what: "the room that connects listens",
    rule: "listening-in-http",
    file: "src/io/http/f18b.ts",
    text: load("node:tls"),
    said: "Only gateway/http listens",
  },
  {
    what: "the door sends datagrams",
    rule: "no-network",
    file: "src/gateway/http/f18c.ts",
    text: load("node:dgram"),
    said: "by nothing else",
  },
  {
    what: "the integrator asks for names",
    rule: "connecting-in-io-http",
    file: "src/integrator/f18d.ts",
    text: load("node:dns/promises"),
    said: "Only gateway/http listens",
  },
  {
    what: "the door connects",
    rule: "connecting-in-io-http",
    file: "src/gateway/http/f18e.ts",
    text: load("undici"),
    said: "Only io/http connects",
  },
  {
    what: "another room of io connects",
    rule: "connecting-in-io-http",
    file: "src/io/file/f18f.ts",
    text: load("undici"),
    said: "Only io/http connects",
  },
  {
    what: "the door believes a JWT",
    rule: "jwt-in-auth",
    file: "src/gateway/http/f18g.ts",
    text: load("jose"),
    said: "Only gateway/auth reads JWTs",
  },
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
