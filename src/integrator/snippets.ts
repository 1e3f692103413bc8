// How a client is told to start countersign: one command line, in the spelling of each client.

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

/** The screen with a snippet for each client. */
export function clientSnippets(launch: Launch): string {
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
    "ChatGPT",
    "  connects to servers over HTTP only. countersign's HTTP door is not built yet; until then ChatGPT cannot use it.",
    "",
  ].join("\n");
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
