// The OpenAPI 3.1 document of the REST actions, made of the same schemas that check the calls.
import { z } from "zod";
import { refusal } from "../../core/base/refusal.ts";
import { type Reason, reasonChapters } from "../../core/base/reason.ts";
import type { Config } from "../../core/config/schema.ts";
import { statusOf } from "../http/status.ts";
import { denialAnswer } from "../tools/denial.ts";
import type { Tool } from "../tools/tool.ts";
import { examples } from "./examples.ts";

/** Everything below this path is a tool. */
export const ACTIONS = "/actions/";
/** Longest wait for a verdict on this door, in seconds. */
export const MAX_ACTION_WAIT = 40;
/** ChatGPT refuses documents with longer summaries and descriptions of operations. */
const MAX_WORDS = 300;

export interface OpenApiParts {
  /** By the name under which they are presented. */
  readonly tools: ReadonlyMap<string, Tool>;
  /** Origin, such as https://host. */
  readonly baseUrl: string;
  readonly version: string;
  /** How callers prove who they are. */
  readonly auth: AuthMode;
}

type AuthMode = Config["auth"]["mode"];

type Json = Readonly<Record<string, unknown>>;

export function openApi({ tools, baseUrl, version, auth }: OpenApiParts): Json {
  const schemes = SCHEMES[auth];
  return {
    openapi: "3.1.0",
    info: {
      title: "countersign",
      version,
      description:
        "Agents read listed files and propose patches. A separate process validates, and a person decides.",
    },
    servers: [{ url: baseUrl }],
    // No entry says that nothing is asked for, where the place alone lets a caller in.
    security: Object.keys(schemes).map((name) => ({ [name]: [] })),
    paths: Object.fromEntries(
      [...tools].map(([name, tool]) => [`${ACTIONS}${name}`, { post: operation(tool) }]),
    ),
    components: {
      securitySchemes: schemes,
      schemas: { Refused: refusedSchema() },
      responses: Object.fromEntries(
        refusedStatuses().map(([status, codes]) => [`Refused${status}`, refused(status, codes, auth)]),
      ),
    },
  };
}

/** OpenAPI 3.1.1 §4.8.27. */
const SCHEMES: Readonly<Record<AuthMode, Json>> = {
  bearer_token: { bearer: { type: "http", scheme: "bearer" } },
  mtls: { certificate: { type: "mutualTLS" } },
  local_only: {},
};

function operation(tool: Tool): Json {
  return {
    operationId: tool.name.replaceAll("-", "_"),
    summary: short(tool.title),
    description: short(tool.description),
    // ChatGPT asks the person before it calls what has a consequence.
    "x-openai-isConsequential": tool.effect === "write",
    requestBody: {
      required: true,
      content: { "application/json": { schema: inputOf(tool), ...exampleOf(tool) } },
    },
    responses: {
      "200": {
        description: "The answer.",
        content: { "application/json": { schema: plain(tool.output, "output") } },
      },
      ...Object.fromEntries(
        refusedStatuses().map(([status]) => [status, { $ref: `#/components/responses/Refused${status}` }]),
      ),
    },
  };
}

/** The tool's own schema; where it waits, with this door's shorter limit. */
function inputOf(tool: Tool): Json {
  const schema = plain(tool.input, "input");
  const properties = schema["properties"] as Readonly<Record<string, Json>> | undefined;
  const wait = properties?.["wait_seconds"];
  if (wait === undefined) return schema;
  const description = `Wait so many seconds for the verdict, at most ${MAX_ACTION_WAIT}; more is cut. patch-status tells the rest.`;
  return {
    ...schema,
    properties: { ...properties, wait_seconds: { ...wait, maximum: MAX_ACTION_WAIT, description } },
  };
}

function exampleOf({ name }: Tool): Json {
  const example = examples[name];
  return example === undefined ? {} : { example };
}

function plain(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { io });
  return { ...body, type: "object" };
}

function refusedSchema(): Json {
  return plain(denialAnswer, "output");
}

/** Codes that a call can be refused with; those of verdicts and landings occur only within answers. */
const { access, call, reading, path, proposal, gate } = reasonChapters;
const callCodes = [access, call, reading, path, proposal, gate].flatMap(
  (chapter) => Object.keys(chapter) as Reason[],
);

/** Statuses other than 200 with the codes behind them, in numerical order. */
function refusedStatuses(): readonly (readonly [status: string, codes: readonly Reason[]])[] {
  const byStatus = Map.groupBy(callCodes, (code) => String(statusOf(code)));
  return [...byStatus].sort(([a], [b]) => Number(a) - Number(b));
}

const RETRIED = new Set(["429", "503"]);

function refused(status: string, codes: readonly Reason[], auth: AuthMode): Json {
  const [code = "internal"] = codes;
  const challenged = status === "401" && auth === "bearer_token";
  const schema = { $ref: "#/components/schemas/Refused" };
  return {
    description: `Refused: ${codes.join(", ")}.`,
    ...(challenged ? header("WWW-Authenticate", "string", "How to prove who is calling.") : {}),
    ...(RETRIED.has(status) ? header("Retry-After", "integer", "Seconds to wait, where waiting helps.") : {}),
    content: {
      "application/json": { schema, example: { refusal: refusal(code, "what is wrong with this call") } },
    },
  };
}

function header(name: string, type: string, description: string): Json {
  return { headers: { [name]: { description, schema: { type } } } };
}

function short(text: string): string {
  return text.length <= MAX_WORDS ? text : `${text.slice(0, MAX_WORDS - 1)}…`;
}
