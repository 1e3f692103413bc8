// docs/openapi.json: the REST actions as the default preset presents them, from the tools' own schemas.
import { parseConfig } from "../../src/core/config/parse.ts";
import { describedOpenApi } from "../../src/gateway/actions/print.ts";
import { jsonText } from "./json.ts";

/** `presetText` hands out the text of a preset. */
export function openApiText(presetText: (name: string) => string, version: string): string {
  const parsed = parseConfig('preset = "default"\n', presetText);
  if (!parsed.ok) throw new Error(`the default preset: ${parsed.faults[0]?.message ?? "is at fault"}`);
  return jsonText(describedOpenApi(parsed.loaded.config, version, "https://countersign.example"));
}
