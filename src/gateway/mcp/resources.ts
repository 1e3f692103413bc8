// Resources are other names for what the reading tools answer; each read goes through the same corridor as a call.
import type { ReadResourceResult, Resource, ResourceTemplateType } from "@modelcontextprotocol/server";
import type { PatchId } from "../../core/base/ids.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";
import type { ToolName } from "../../core/identity/scope.ts";

const ROOT = "countersign://";
export const MANIFEST_URI = `${ROOT}manifest`;
const FILE = `${ROOT}file/`;
const PATCH = `${ROOT}patch/`;

/** Longest address that is looked at; paths have at most 512 characters, each at most 12 when percent-encoded. */
const MAX_URI = 8192;

type MayUse = (tool: ToolName) => boolean;

/** A resource is another name for what a tool answers, so it is there for those who may use the tool. */
export function resources(mayUse: MayUse): Resource[] {
  const manifest = {
    uri: MANIFEST_URI,
    name: "manifest",
    title: "Files you may read",
    mimeType: "application/json",
  };
  return mayUse("read-manifest") ? [manifest] : [];
}

export function resourceTemplates(mayUse: MayUse): ResourceTemplateType[] {
  const file = {
    uriTemplate: `${FILE}{+path}`,
    name: "file",
    title: "A file of the manifest",
    mimeType: "text/plain",
  };
  const patch = {
    uriTemplate: `${PATCH}{id}`,
    name: "patch",
    title: "One of your proposals",
    mimeType: "application/json",
  };
  return [...(mayUse("read-file") ? [file] : []), ...(mayUse("patch-status") ? [patch] : [])];
}

/** Which call of which tool an address stands for. */
export interface ResourceCall {
  readonly tool: "read-manifest" | "read-file" | "patch-status";
  readonly args: Readonly<Record<string, string>>;
}

export function resourceCall(uri: string): Result<ResourceCall> {
  if (uri === MANIFEST_URI) return accept({ tool: "read-manifest", args: {} });
  if (uri.length <= MAX_URI && uri.startsWith(FILE)) {
    const path = decoded(uri.slice(FILE.length));
    if (path !== undefined) return accept({ tool: "read-file", args: { path } });
  }
  if (uri.startsWith(PATCH))
    return accept({ tool: "patch-status", args: { patch_id: uri.slice(PATCH.length) } });
  return refuse("not_listed", "there is no such resource", uri);
}

export function patchUri(id: PatchId): string {
  return `${PATCH}${id}`;
}

type Output = Readonly<Record<string, unknown>>;

/** A file's text as it is, up to the bounds of one read; a note behind it says how to go on. Everything else is JSON. */
export function resourceResult(
  uri: string,
  { tool }: ResourceCall,
  output: Output,
  text: string,
): ReadResourceResult {
  if (tool !== "read-file") return { contents: [{ uri, mimeType: "application/json", text }] };
  const file = { uri, mimeType: "text/plain", text: String(output["text"]) };
  if (output["truncated"] !== true) return { contents: [file] };
  const note = `The file goes on at line ${String(output["next_start_line"])} of ${String(output["total_lines"])}: use the tool read-file.`;
  return { contents: [file, { uri: `${uri}#next`, mimeType: "text/plain", text: note }] };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
