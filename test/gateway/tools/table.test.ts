// What clients see of the tools is pinned: nothing changes silently, and nothing in it is addressed to a model's obedience.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { listTools } from "../../../src/gateway/mcp/presentation.ts";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";

let lab: GatewayLab;
beforeAll(async () => {
  lab = await gatewayLab();
});
afterAll(() => lab.stop());

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

test("G01, G02: exactly these tools, with all four hints", () => {
  const hints = Object.fromEntries(listTools(lab.tools).map(({ name, annotations }) => [name, annotations]));
  expect(hints).toEqual({
    "read-manifest": { title: "List files", ...READS },
    "read-file": { title: "Read a file", ...READS },
    "search-files": { title: "Search in files", ...READS },
    "propose-patch": {
      title: "Propose a patch",
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: false,
      openWorldHint: false,
    },
    "patch-status": { title: "Status of a proposal", ...READS },
    "withdraw-patch": {
      title: "Withdraw a proposal",
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: false,
    },
  });
});

test("the list of tools is the one that was reviewed; after a reviewed change, put the new digest here", () => {
  // Without the answers' schemas: they name every reason code, and those have a pin of their own.
  const shown = listTools(lab.tools).map((tool) => ({ ...tool, outputSchema: undefined }));
  expect(sha256(canonical(JSON.parse(JSON.stringify(shown))))).toBe(
    "0631ff3b22116fc93d387cb45c7b69bb4bfce08ba73ddec5b71a8693e5a10d45",
  );
});

describe("every schema", () => {
  const objects = (schema: unknown): Record<string, unknown>[] => {
    if (typeof schema !== "object" || schema === null) return [];
    // The choice between answer and refusal says nothing itself; both of its branches are closed.
    const own =
      Reflect.get(schema, "type") === "object" && !Object.hasOwn(schema, "anyOf")
        ? [schema as Record<string, unknown>]
        : [];
    return [...own, ...Object.values(schema).flatMap(objects)];
  };
  test("is closed at every level and names no dialect", () => {
    for (const { inputSchema, outputSchema } of listTools(lab.tools)) {
      for (const schema of [inputSchema, outputSchema!]) {
        expect(schema).not.toHaveProperty("$schema");
        expect(schema.type).toBe("object");
        for (const object of objects(schema)) expect(object["additionalProperties"]).toBe(false);
      }
    }
  });

  test("has no words that command, no hidden characters, no other server's tools", () => {
    const text = JSON.stringify(listTools(lab.tools));
    expect(text).not.toMatch(
      /important|crucial|critical|urgent|ignore|disregard|override|bypass|must always|do not (tell|mention)|system prompt/i,
    );
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}]/u);
  });

  test("tells the configured limits", () => {
    const schema = JSON.stringify(
      listTools(lab.tools).find(({ name }) => name === "propose-patch")!.inputSchema,
    );
    expect(schema).toContain('"minLength":10,"maxLength":500');
    expect(schema).toContain('"maxLength":262144');
  });
});

test("snake style renames every tool and nothing else", async () => {
  const snake = await gatewayLab({ toml: '[server.tools]\nname_style = "snake"\n' });
  expect([...snake.tools.keys()]).toEqual([
    "read_manifest",
    "read_file",
    "search_files",
    "propose_patch",
    "patch_status",
    "withdraw_patch",
  ]);
  expect(await snake.code("read-file", { path: "a" })).toBe("tool_unknown");
  expect(await snake.code("read_file", { path: "a" })).toBe("manifest_unavailable");
  expect(snake.entries().at(-1)!.data["tool"]).toBe("read-file");
  await snake.stop();
});
