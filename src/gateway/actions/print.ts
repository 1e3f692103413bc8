// The text behind `countersign actions openapi` and docs/openapi.json: the whole document, without a server behind it.
import { CountersignError } from "../../core/base/failure.ts";
import type { Config } from "../../core/config/schema.ts";
import { publicOrigin } from "../auth/metadata.ts";
import { toolTable } from "../tools/table.ts";
import type { Tool } from "../tools/tool.ts";
import { openApi } from "./openapi.ts";

/** An origin, as ChatGPT reaches it: https, or http on this machine for a first try. */
const ORIGIN = /^(?:https:\/\/[^/\s?#@]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?)$/;

/**
 * JSON of the document of all tools that the configuration presents. `url`: origin to put into it instead of the
 * configured one. Throws `usage` when there is none, or when it is no origin.
 */
export function printOpenApi(config: Config, version: string, url?: string): string {
  return `${JSON.stringify(describedOpenApi(config, version, url), undefined, 2)}\n`;
}

export function describedOpenApi(
  config: Config,
  version: string,
  url?: string,
): Readonly<Record<string, unknown>> {
  const baseUrl = url?.replace(/\/$/, "") ?? publicOrigin(config);
  if (baseUrl === undefined)
    throw new CountersignError("usage", "nobody said under which URL the server is reached", {
      fix: "Pass --url https://host, or set server.http.public_url.",
    });
  if (!ORIGIN.test(baseUrl))
    throw new CountersignError("usage", "the URL must be an origin such as https://host, without a path");
  return openApi({ tools: describedTools(config), baseUrl, version, auth: config.auth.mode });
}

/** The table of tools without anything that they work on: to be shown, never called. */
export function describedTools(config: Config): ReadonlyMap<string, Tool> {
  const nothing = new Proxy(
    {},
    {
      get: () => {
        throw new CountersignError("usage", "a tool that is only described was called");
      },
    },
  ) as never;
  return toolTable({
    config,
    protect: nothing,
    scanner: nothing,
    guard: nothing,
    shelf: nothing,
    store: nothing,
    served: nothing,
    orders: nothing,
    incidents: nothing,
    verdicts: nothing,
    gates: nothing,
    inForce: nothing,
    news: nothing,
    clock: nothing,
    newId: nothing,
    pause: nothing,
    kick: nothing,
  });
}
