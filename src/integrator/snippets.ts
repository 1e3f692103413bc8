// How a client is told to start or reach countersign: over stdio or over HTTP, in the spelling of each client.
import type { Config } from "../core/config/schema.ts";

export interface Launch {
  /** This node, absolute: a desktop client has another PATH than a shell. */
  readonly node: string;
  readonly bin: string;
  readonly repo: string;
  /** Given when it is not the default one. */
  readonly state?: string | undefined;
}

function launchArguments({ bin, repo, state }: Launch): readonly string[] {
  return [bin, "up", "--stdio", "--repo", repo, ...(state === undefined ? [] : ["--state", state])];
}

/** The screen with a snippet for each client over stdio; `more`: another screen says how clients come in over HTTP. */
export function clientSnippets(launch: Launch, more = false): string {
  const args = launchArguments(launch);
  const line = [launch.node, ...args].map(quoted).join(" ");
  const desktop = JSON.stringify(
    { mcpServers: { countersign: { command: launch.node, args } } },
    undefined,
    2,
  );
  return [
    "Claude Code",
    `  claude mcp add countersign -- ${line}`,
    "",
    "Claude Desktop (claude_desktop_config.json) and most other desktop clients",
    indented(desktop),
    "",
    ...(more
      ? []
      : ["ChatGPT", "  connects over HTTP only: set server.http.enabled = true; docs/transports.md.", ""]),
  ].join("\n");
}

/** What the snippets need to know of the HTTP door. */
export interface HttpPlace {
  /** Such as https://host, without a path. */
  readonly origin: string;
  readonly auth: Config["auth"]["mode"];
  readonly actions: boolean;
  readonly issuer: boolean;
}

/** The HTTP door of a configuration; undefined when it is closed, or behind a Unix socket without a public URL. */
export function httpPlace({ server, auth }: Config): HttpPlace | undefined {
  const { enabled, public_url: url, unix_socket: socket, bind, port, tls, actions } = server.http;
  if (!enabled || (url === "" && socket !== "")) return undefined;
  const host = bind.includes(":") ? `[${bind}]` : bind;
  const own = `${tls.termination === "none" ? "http" : "https"}://${host}:${port}`;
  return { origin: url === "" ? own : url, auth: auth.mode, actions, issuer: auth.oidc.issuer !== "" };
}

/**
 * The screen with a snippet for each client over HTTP. Each names the variable that holds the token, never the token:
 * what a command line or a client's file says, other programs of the person can read.
 */
export function httpSnippets(place: HttpPlace): string {
  const { origin, auth } = place;
  const url = `${origin}/mcp`;
  const bearer = auth === "bearer_token";
  const headers = (token: string): object =>
    bearer ? { headers: { Authorization: `Bearer ${token}` } } : {};
  const cursor = { mcpServers: { countersign: { url, ...headers(`\${env:${TOKEN}}`) } } };
  const code = [
    `claude mcp add --transport http --scope project countersign ${url}`,
    ...(bearer ? [`--header 'Authorization: Bearer \${${TOKEN}}'`] : []),
  ];
  const codex = [
    `codex mcp add countersign --url ${url}`,
    ...(bearer ? [`--bearer-token-env-var ${TOKEN}`] : []),
  ];
  return [
    ...(auth === "mtls"
      ? [
          "Clients need a certificate of the client CA. Those that cannot send one go through a local TLS proxy.",
          "",
        ]
      : []),
    `Claude Code${bearer ? ` (it reads the token from ${TOKEN} when it starts)` : ""}`,
    `  ${code.join(" ")}`,
    "",
    "Codex",
    `  ${codex.join(" ")}`,
    "",
    "Cursor (~/.cursor/mcp.json) and other clients that take a url and headers",
    indented(JSON.stringify(cursor, undefined, 2)),
    "",
    "Claude Desktop",
    "  its configuration file takes no url: use the stdio door.",
    "",
    ...chatGpt(place),
  ].join("\n");
}

/** The variable that the snippets name. */
const TOKEN = "COUNTERSIGN_TOKEN";

/** ChatGPT calls from the internet: neither loopback nor a certificate that only we trust will do. */
function chatGpt({ origin, auth, actions, issuer }: HttpPlace): readonly string[] {
  const reachable = /^https:\/\/(?!127\.|\[|localhost)/.test(origin);
  const at = reachable ? origin : "https://HOST";
  const action = [
    `  as an action of a custom GPT: countersign actions openapi --url ${at} > openapi.json,`,
    "  paste it as the schema, and choose Authentication: API Key, Auth Type: Bearer, with a token of its own.",
  ];
  const connector = issuer
    ? `  as a connector (developer mode): ${at}/mcp with OAuth; the issuer of auth.oidc signs people in.`
    : "  as a connector (developer mode): needs OAuth, so set [auth.oidc]; it has no field for a token.";
  return [
    "ChatGPT",
    ...(reachable
      ? []
      : [
          "  needs a public https address: set server.http.public_url, and a proxy or tunnel (config/proxy).",
        ]),
    ...(actions && auth === "bearer_token" ? action : []),
    connector,
    "",
  ];
}

/** What to type next, in order, once the configuration says that the HTTP door is open. */
export function httpSteps({ origin, auth, actions }: HttpPlace, { repo, state }: Launch): readonly string[] {
  const token = auth === "bearer_token";
  // printf is the shell's own: curl gets the header from its standard input, and ps shows no token.
  const call = `printf 'header = "Authorization: Bearer %s"\\n' "$${TOKEN}" | curl -sS -K - -H 'Content-Type: application/json' -d '{}' ${origin}/actions/read-manifest`;
  return [
    ...(token ? ["countersign token issue --principal NAME", `read -rs ${TOKEN} && export ${TOKEN}`] : []),
    ["countersign up --repo", quoted(repo), ...(state === undefined ? [] : ["--state", quoted(state)])].join(
      " ",
    ),
    `curl -fsS ${origin}/readyz`,
    ...(token && actions ? [call] : []),
  ].map((line) => `  ${line}`);
}

/** Makes `countersign` the word for this checkout in the person's shell; the machine's own node may be too old for it. */
export function shellAlias({ node, bin }: Pick<Launch, "node" | "bin">): string {
  return `alias countersign="${[node, bin].map(quoted).join(" ")}"`;
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
