// How the table of tools and the outcomes of the corridor look in MCP. Adapts, and adds nothing.
import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  type Tool as McpTool,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Denial, Outcome } from "../tools/call.ts";
import { denialAnswer, denialBody } from "../tools/denial.ts";
import type { Tool } from "../tools/tool.ts";

/** Schemas take milliseconds to write out, and a server over HTTP lives for one request: once for each table. */
const written = new WeakMap<ReadonlyMap<string, Tool>, readonly McpTool[]>();

/** The whole listing, without a word that comes from a repository; a caller sees the part of it that it may use. */
export function listTools(tools: ReadonlyMap<string, Tool>): readonly McpTool[] {
  const known = written.get(tools) ?? writeOut(tools);
  written.set(tools, known);
  return known;
}

function writeOut(tools: ReadonlyMap<string, Tool>): readonly McpTool[] {
  return [...tools].map(([name, { title, description, annotations, input, output }]) => ({
    name,
    title,
    description,
    annotations: { title, ...annotations },
    inputSchema: jsonSchema(input, "input"),
    outputSchema: answerSchema(output),
  }));
}

/** JSON Schema of an object, without `$schema`: clients of the 2025 revisions know only the draft they were built with. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): McpTool["inputSchema"] {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { io });
  return { ...body, type: "object" } as McpTool["inputSchema"];
}

/** Clients of the 1.x SDK and the Inspector check the structured content of an error too, so the schema tells that form as well. */
function answerSchema(output: z.ZodType): McpTool["inputSchema"] {
  return { type: "object", anyOf: [jsonSchema(output, "output"), jsonSchema(denialAnswer, "output")] };
}

/** A refusal is a result that the model reads and can act on; what is no call at all is an error of the protocol. */
export function callResult(outcome: Outcome): CallToolResult {
  if (outcome.kind === "fault") throw invalidParams(outcome);
  if (outcome.kind === "answer")
    return { content: [{ type: "text", text: outcome.text }], structuredContent: outcome.output };
  const body = denialBody(outcome);
  return { content: [{ type: "text", text: JSON.stringify(body) }], structuredContent: body, isError: true };
}

export function invalidParams(denial: Pick<Denial, "refusal" | "gate">): ProtocolError {
  const { message, where } = denial.refusal;
  const said = where === "" ? message : `${message}: ${where}`;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, said, denialBody(denial));
}
