// Which file may reach which: the net that sees through other files. Each rule's comment is its reason.
// tsc stops a wing from naming another wing; this also stops it from reaching one, and names the packages and
// built-in modules that only one room may load. test/house/boundaries.test.ts injects a fault into each.

const LISTENING = "^(node:)?(net|tls|http|https)(/|$)";
const NAMES = "^(node:)?dns(/|$)";
const NETWORK = "^(node:)?(http2|dgram|inspector|repl)(/|$)";
const ESCAPE = "^(node:)?(worker_threads|cluster|vm|module|wasi)$";
const CHILDREN = "^(node:)?child_process$";
const SQLITE = "(^|/)node_modules/(@types/)?better-sqlite3/";
const MCP = "(^|/)node_modules/@modelcontextprotocol/";
const UNDICI = "(^|/)node_modules/undici/";
const JOSE = "(^|/)node_modules/jose/";

const modules = (...names) => `(^|/)node_modules/(${names.join("|")})/`;

/** A wing never names another wing. `reachable`: not through any chain of files either. */
const wing = (name, others) => ({
  name: `${name}-stands-alone`,
  comment: `Wings meet only in the exchange: ${name} may reach neither ${others.replace("|", " nor ")}.`,
  severity: "error",
  from: { path: `^src/${name}/` },
  to: { path: `^src/(${others})/`, reachable: true },
});

/** `what` may be loaded only by files of `room`. */
const only = (name, comment, room, what) => ({
  name,
  comment,
  severity: "error",
  from: { path: "^src/", ...(room === undefined ? {} : { pathNot: room }) },
  to: { path: what },
});

export default {
  forbidden: [
    wing("gateway", "validator|integrator"),
    wing("validator", "gateway|integrator"),
    wing("integrator", "gateway|validator"),
    {
      name: "core-is-pure",
      comment:
        "core decides; it has no disk, network, clock or environment. node:crypto is there to hash and verify.",
      severity: "error",
      from: { path: "^src/core/" },
      to: {
        pathNot: [
          "^src/core/",
          "^(node:)?crypto$",
          modules("zod", "smol-toml", "canonicalize", "@noble/ed25519", "re2js", "diff", "ipaddr.js"),
        ],
      },
    },
    {
      name: "io-is-a-floor",
      comment: "io has no authority of its own: it may load core, never a wing.",
      severity: "error",
      from: { path: "^src/io/" },
      to: { path: "^src/(gateway|validator|integrator)/", reachable: true },
    },
    {
      name: "validator-without-store",
      comment:
        "The validator meets the gateway only through the exchange; the gateway's store is not its business.",
      severity: "error",
      from: { path: "^src/validator/" },
      to: { path: "^src/io/store/", reachable: true },
    },
    {
      name: "validator-rooms",
      comment: "Of io, the validator may name evidence, exchange, exec, file, guard and log.",
      severity: "error",
      from: { path: "^src/validator/" },
      to: { path: "^src/io/", pathNot: "^src/io/(evidence|exchange|exec|file|guard|log)/" },
    },
    {
      name: "validator-without-network",
      comment:
        "Whoever holds the key speaks to nobody: providers ask through a process of its own (io/evidence/fetch.ts).",
      severity: "error",
      from: { path: "^src/validator/" },
      to: { path: ["^src/io/http/", UNDICI], reachable: true },
    },
    {
      name: "gateway-without-children",
      comment: "The process that agents talk to starts no other process, not even through a helper.",
      severity: "error",
      from: { path: "^src/gateway/" },
      to: { path: ["^src/io/exec/", CHILDREN], reachable: true },
    },
    only(
      "signing-in-validator",
      "Keys sign in the validator and nowhere else.",
      "^src/validator/",
      "^src/validator/signing/",
    ),
    only(
      "children-in-exec",
      "One room spawns, so that one room's limits hold for every child.",
      "^src/io/exec/",
      CHILDREN,
    ),
    only(
      "listening-in-http",
      "One room of one wing listens, so that every request passes the same checks.",
      "^src/gateway/http/",
      LISTENING,
    ),
    only(
      "connecting-in-io-http",
      "One room connects, so that one allow-list and one set of limits hold for everything that leaves.",
      "^src/io/http/",
      `${UNDICI}|${NAMES}`,
    ),
    only("no-network", "No other way in or out: no datagrams, no debuggers.", undefined, NETWORK),
    only(
      "jwt-in-auth",
      "One room reads JWTs, so that who is believed is decided in one place.",
      "^src/gateway/auth/",
      JOSE,
    ),
    only(
      "no-escape",
      "Workers, other realms and require() would carry code past these rules.",
      undefined,
      ESCAPE,
    ),
    only(
      "database-in-store",
      "One room opens the database, so that every change carries its audit entry.",
      "^src/io/store/",
      SQLITE,
    ),
    only(
      "sqlite-for-lock",
      "node:sqlite holds the one-per-repository lock; state lives in io/store.",
      "^src/io/file/lock\\.ts$",
      "^(node:)?sqlite$",
    ),
    only(
      "seeing-in-metrics",
      "One room loads the packages of metrics and traces, lazily: who does not ask for them has none of their code in the process.",
      "^src/gateway/metrics/",
      modules("prom-client", "@opentelemetry"),
    ),
    only(
      "yaml-in-evidence",
      "One room reads YAML, after what its parser cannot take was refused.",
      "^src/io/evidence/yaml\\.ts$",
      modules("yaml"),
    ),
    only(
      "parsers-in-inspector",
      "What nobody vouches for is parsed in the inspector's child, which has no key.",
      "^src/validator/scanners/(ast-grep|detours|elements|secretlint|names|gathered|given|loads|scope|shell|snapshot|flow|modules|syntax|ways|writes)\\.ts$",
      modules("@ast-grep", "@secretlint", "web-tree-sitter", "@vscode"),
    ),
    {
      name: "parsers-not-with-the-key",
      comment: "The process that holds the key starts the inspector; it never loads what that runs.",
      severity: "error",
      from: { path: "^src/validator/main\\.ts$" },
      to: { path: "^src/validator/scanners/(ast-grep|secretlint|inspector-child)\\.ts$", reachable: true },
    },
    only("mcp-in-gateway", "The agents' protocol ends at the gateway.", "^src/gateway/", MCP),
    {
      name: "no-cycle",
      comment: "Files of a circle can only be understood, and tested, together.",
      severity: "error",
      from: { path: "^src/" },
      to: { circular: true },
    },
    {
      name: "no-orphan",
      comment: "Nothing loads this file and it loads nothing: use it or delete it.",
      severity: "error",
      from: { path: "^src/", orphan: true, pathNot: "^src/[^/]+/main\\.ts$" },
      to: {},
    },
    {
      name: "no-test-in-source",
      comment: "What is published never loads tests, generators or configuration.",
      severity: "error",
      from: { path: "^src/" },
      // Built-in modules with a slash (fs/promises) are not folders of ours.
      to: { path: "^(?!src/|node_modules/|\\.\\./)[^/]+/", dependencyTypesNot: ["core"] },
    },
    {
      name: "resolvable",
      comment: "An import that leads nowhere is a hole in these rules.",
      severity: "error",
      from: { path: "^src/" },
      to: { couldNotResolve: true },
    },
    {
      name: "declared",
      comment: "A package that package.json does not list for production is missing after installation.",
      severity: "error",
      from: { path: "^src/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["type-only", "npm-optional"],
      },
    },
  ],
  options: {
    parser: "swc", // TypeScript 7 has no JavaScript API to parse with; swc also keeps imports of types
    preserveSymlinks: true, // a package keeps its name wherever node_modules really is
    doNotFollow: { path: "(^|/)node_modules/" },
    builtInModules: { add: ["node:sqlite", "sqlite"] },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["node", "import", "default"] },
    moduleSystems: ["es6", "cjs"],
  },
};
