// The table of tools: MCP and every later door present exactly these, each under one name.
import type { Config } from "../../core/config/schema.ts";
import { isOffered } from "./others.ts";
import { patchStatusTool } from "./patch-status.ts";
import { type ProposeParts, proposePatchTool } from "./propose-patch.ts";
import { readFileTool } from "./read-file.ts";
import { readManifestTool } from "./read-manifest.ts";
import { searchFilesTool } from "./search-files.ts";
import type { Tool } from "./tool.ts";
import { withdrawPatchTool } from "./withdraw-patch.ts";
import type { Store } from "../../io/store/store.ts";

export interface TableParts extends ProposeParts {
  readonly store: Pick<Store, "proposal" | "proposalByKey" | "submit" | "settle" | "record">;
}

/**
 * Tools by the name under which they are presented, in the order in which an agent needs them. One that the
 * configuration hides is not among them.
 */
export function toolTable(parts: TableParts): ReadonlyMap<string, Tool> {
  const { shelf, served, store, clock, incidents } = parts;
  const { name_style: style } = parts.config.server.tools;
  const tools = [
    readManifestTool(shelf, served, clock, incidents),
    readFileTool(parts),
    searchFilesTool(shelf, served, clock),
    proposePatchTool(parts),
    patchStatusTool(store, parts),
    withdrawPatchTool(parts),
  ];
  const offered = tools.filter(({ name }) => isOffered(parts.config, name));
  return new Map(offered.map((tool) => [presented(tool.name, style), tool]));
}

/** Some clients refuse hyphens in names. */
export function presented(name: string, style: Config["server"]["tools"]["name_style"]): string {
  return style === "snake" ? name.replaceAll("-", "_") : name;
}
