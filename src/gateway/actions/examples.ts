// One call of each tool, for the OpenAPI document; a test checks each against the tool's own schema.

const MANIFEST = "0".repeat(64);
const PATCH = "00000000-0000-4000-8000-000000000000";

export const examples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "read-manifest": { prefix: "src/" },
  "read-file": { path: "src/main.ts", start_line: 1, max_lines: 200 },
  "search-files": { query: "TODO", glob: "src/**/*.ts" },
  "propose-patch": {
    base: MANIFEST,
    title: "Name the default port",
    rationale: "The number was written in two places.",
    change_type: "code_modification",
    risk_level: "low",
    edits: [
      { path: "src/main.ts", op: "replace", old_text: "listen(9326)", new_text: "listen(DEFAULT_PORT)" },
    ],
    wait_seconds: 30,
  },
  "patch-status": { patch_id: PATCH },
  "withdraw-patch": { patch_id: PATCH },
};
