// Cases of the MCP corpus that are no test of a server like this one, each with its reason.
export const UNFIT: Readonly<Record<string, string>> = {
  "mcp-secbench-vulnerable-client":
    "The flaw is in the client's own program; the row itself expects nothing of a server.",
};
