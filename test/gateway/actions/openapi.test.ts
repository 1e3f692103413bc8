// The OpenAPI document: valid by an independent reader, within ChatGPT's limits, and true to what the server answers.
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examples } from "../../../src/gateway/actions/examples.ts";
import { openApi } from "../../../src/gateway/actions/openapi.ts";
import { openUncharged } from "../../../src/gateway/tools/uncharged.ts";
import { actionRoutes } from "../../../src/gateway/actions/routes.ts";
import type { Exchange } from "../../../src/gateway/http/exchange.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { scopeOf } from "../../support/scope.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly "x-openai-isConsequential": boolean;
  readonly requestBody: {
    readonly content: { readonly "application/json": { readonly schema: object; readonly example: unknown } };
  };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly $ref?: string;
        readonly content?: { readonly "application/json": { readonly schema: object } };
      }
    >
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, { readonly post: Operation }>>;
  readonly components: {
    readonly schemas: { readonly Refused: object };
    readonly responses: Readonly<
      Record<
        string,
        {
          readonly description: string;
          readonly content: { readonly "application/json": { readonly example: unknown } };
        }
      >
    >;
  };
}

let lab: GatewayLab;
let snake: GatewayLab;
let base: string;
let document: Document;
const made = (from: GatewayLab): Document =>
  JSON.parse(
    JSON.stringify(
      openApi({ tools: from.tools, baseUrl: "https://code.example", version: "1.2.3", auth: "bearer_token" }),
    ),
  ) as Document;
beforeAll(async () => {
  lab = await gatewayLab();
  snake = await gatewayLab({ toml: '[server.tools]\nname_style = "snake"\n' });
  base = await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
  document = made(lab);
});
afterAll(async () => {
  await lab.stop();
  await snake.stop();
});

const operations = (): readonly Operation[] => Object.values(document.paths).map(({ post }) => post);
const ajv = (): Ajv2020 => new Ajv2020({ strict: false, allErrors: true, validateFormats: false });

test("an independent validator finds nothing wrong with it", async () => {
  for (const text of [document, made(snake)]) {
    const validator = new Validator();
    expect(await validator.validate(text as unknown as Record<string, unknown>)).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  }
});

test("each tool is one operation, consequential when it writes", () => {
  expect(operations().map((post) => [post.operationId, post["x-openai-isConsequential"]])).toEqual([
    ["read_manifest", false],
    ["read_file", false],
    ["search_files", false],
    ["propose_patch", true],
    ["patch_status", false],
    ["withdraw_patch", true],
  ]);
  expect(Object.keys(document.paths)).toContain("/actions/propose-patch");
  expect(Object.keys(made(snake).paths)).toContain("/actions/propose_patch");
});

test("summaries and descriptions are whole, and as short as ChatGPT wants them", () => {
  for (const { summary, description } of operations()) {
    expect(summary.length).toBeLessThanOrEqual(300);
    expect(description.length).toBeLessThanOrEqual(300);
    expect(description).not.toContain("…");
  }
});

test("what is too long is cut rather than refused by ChatGPT", () => {
  const [name, tool] = [...lab.tools][0]!;
  const tools = new Map([[name, { ...tool, description: "x".repeat(400) }]]);
  const { paths } = openApi({
    tools,
    baseUrl: "https://code.example",
    version: "1",
    auth: "bearer_token",
  }) as unknown as Document;
  expect(Object.values(paths)[0]?.post.description).toHaveLength(300);
});

test.each([
  ["bearer_token", [{ bearer: [] }], { bearer: { type: "http", scheme: "bearer" } }, true],
  ["mtls", [{ certificate: [] }], { certificate: { type: "mutualTLS" } }, false],
  ["local_only", [], {}, false],
] as const)(
  "under auth.mode %s it asks for what the door asks for",
  (auth, security, securitySchemes, challenged) => {
    const said = openApi({ tools: lab.tools, baseUrl: "https://code.example", version: "1", auth });
    expect(said).toMatchObject({ security, components: { securitySchemes } });
    expect(said).toHaveProperty("components.securitySchemes", securitySchemes);
    expect(JSON.stringify(said).includes("WWW-Authenticate")).toBe(challenged);
  },
);

describe("examples", () => {
  test("there is one of each tool, and the tool would take it", () => {
    expect(Object.keys(examples).sort()).toEqual([...lab.tools.keys()].sort());
    for (const [name, example] of Object.entries(examples))
      expect([name, lab.tools.get(name)!.input.safeParse(example).error]).toEqual([name, undefined]);
  });

  test("they fit the document's own schemas, as do those of refusals", () => {
    for (const { requestBody } of operations()) {
      const { schema, example } = requestBody.content["application/json"];
      expect(ajv().validate(schema, example)).toBe(true);
    }
    for (const { content } of Object.values(document.components.responses))
      expect(ajv().validate(document.components.schemas.Refused, content["application/json"].example)).toBe(
        true,
      );
  });
});

test("waiting is bounded to what this door waits", () => {
  const { schema } = document.paths["/actions/propose-patch"]!.post.requestBody.content["application/json"];
  expect(ajv().validate(schema, { ...examples["propose-patch"], wait_seconds: 40 })).toBe(true);
  expect(ajv().validate(schema, { ...examples["propose-patch"], wait_seconds: 41 })).toBe(false);
});

describe("what the server answers", () => {
  const edits = [{ path: "a.ts", op: "replace", old_text: "one", new_text: "1" }];
  const asked = async (
    tool: string,
    body: unknown,
    words = {},
  ): Promise<{ status: number; json: Record<string, unknown> }> => {
    const [, route] = actionRoutes({
      ...lab,
      version: "1",
      baseUrl: "https://code.example",
      auth: "bearer_token",
      uncharged: openUncharged(() => 0),
      stillValid: () => true,
    });
    const exchange = {
      principal: { name: "agent", credential: "c", scope: scopeOf(words) },
      id: "11111111-1111-4111-8111-111111111111",
      correlation: undefined,
      path: `/actions/${tool}`,
      headers: {},
      body,
      signal: new AbortController().signal,
    } as unknown as Exchange;
    const reply = (await route!.handler(exchange))!;
    const json = JSON.parse(reply.body as string) as Record<string, unknown>;
    const { responses } = document.paths[`/actions/${tool}`]!.post;
    const documented = responses[String(reply.status)];
    expect([tool, reply.status, documented === undefined]).toEqual([tool, reply.status, false]);
    const schema =
      reply.status === 200
        ? documented!.content!["application/json"].schema
        : document.components.schemas.Refused;
    const check = ajv();
    check.validate(schema, json);
    expect([tool, check.errors]).toEqual([tool, null]);
    if (reply.status !== 200) {
      const { code } = json["refusal"] as { code: string };
      expect(document.components.responses[`Refused${reply.status}`]!.description).toMatch(
        new RegExp(`\\b${code}\\b`),
      );
    }
    return { status: reply.status, json };
  };

  test("is documented, with the schema that it fits", async () => {
    const statuses: Record<string, number[]> = {};
    const ask = async (tool: string, body: unknown, words = {}): Promise<Record<string, unknown>> => {
      const { status, json } = await asked(tool, body, words);
      (statuses[tool] ??= []).push(status);
      return json;
    };
    await ask("read-manifest", {});
    await ask("read-manifest", { cursor: "x" });
    await ask("read-file", { path: "a.ts" });
    await ask("read-file", { path: "b.ts" });
    await ask("read-file", { path: "a.ts" }, { tools: [] });
    await ask("search-files", { query: "one" });
    await ask("search-files", { query: "(", regex: true });
    await ask("propose-patch", proposalArgs(base, { edits, dry_run: true }));
    const { patch_id } = await ask("propose-patch", proposalArgs(base, { edits }));
    await ask("propose-patch", proposalArgs("0".repeat(64), { edits }));
    await ask("propose-patch", proposalArgs(base, { edits: [{ path: "x", op: "delete" }] }));
    await ask("patch-status", { patch_id });
    await ask("withdraw-patch", { patch_id });
    await ask("withdraw-patch", { patch_id: "00000000-0000-4000-8000-000000000000" });
    await ask("read-file", { path: "a.ts" }, { limits: { perMinute: 1, perHour: 1, maxPending: 1 } });
    expect(statuses).toEqual({
      "read-manifest": [200, 400],
      "read-file": [200, 404, 403, 429],
      "search-files": [200, 400],
      "propose-patch": [200, 200, 409, 422],
      "patch-status": [200],
      "withdraw-patch": [200, 404],
    });
  });
});
