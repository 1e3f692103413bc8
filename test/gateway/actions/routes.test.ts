// The REST door adds nothing to the corridor and takes nothing from it: same answers, same refusals, with a status each.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { roles, type ToolName } from "../../../src/core/identity/scope.ts";
import { actionRoutes } from "../../../src/gateway/actions/routes.ts";
import type { Exchange, Reply, Route } from "../../../src/gateway/http/exchange.ts";
import type { Caller } from "../../../src/gateway/tools/tool.ts";
import { openUncharged } from "../../../src/gateway/tools/uncharged.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { scopeOf } from "../../support/scope.ts";

let lab: GatewayLab;
let base: string;
let routes: readonly Route[];
/** Arguments as the corridor got them. */
let called: { name: string; args: unknown; caller: Caller }[] = [];
beforeAll(async () => {
  lab = await gatewayLab({
    toml: "[calls]\nper_minute = 5000\n[proposal]\nper_hour = 1000\nmax_pending = 100\n",
  });
  base = await lab.publish({ "a.ts": "one\n", "b/c.ts": "two\n" });
  await lab.shelf.refresh();
  routes = actionRoutes({
    tools: lab.tools,
    corridor: {
      call: (name, args, caller) => {
        called.push({ name, args, caller });
        return lab.call(name, args, caller);
      },
    },
    version: "1.2.3",
    baseUrl: "https://code.example",
    auth: "bearer_token",
    uncharged: openUncharged(() => 0),
    stillValid: () => true,
  });
});
afterAll(() => lab.stop());

interface Asked {
  readonly perMinute?: number;
  readonly tools?: readonly ToolName[];
  readonly name?: string;
  readonly signal?: AbortSignal;
}

const exchange = (
  path: string,
  body: unknown,
  { tools, perMinute = 1000, name = "agent", signal }: Asked = {},
): Exchange => ({
  principal: {
    name,
    credential: "token:0123456789abcdef",
    scope: scopeOf({
      roles,
      limits: { perMinute, perHour: 1000, maxPending: 100 },
      ...(tools === undefined ? {} : { tools }),
    }),
  },
  id: "11111111-1111-4111-8111-111111111111",
  correlation: "corr-1",
  method: "POST",
  path,
  query: new URLSearchParams(),
  headers: {},
  body,
  signal: signal ?? new AbortController().signal,
  raw: undefined as never,
});

async function post(
  tool: string,
  body: unknown,
  asked: Asked = {},
): Promise<Reply & { json: Record<string, unknown> }> {
  called = [];
  const reply = await routes[1]!.handler(exchange(`/actions/${tool}`, body, asked));
  return { ...reply!, json: JSON.parse(reply!.body as string) as Record<string, unknown> };
}
const code = async (tool: string, body: unknown, asked: Asked = {}): Promise<string> => {
  const { status, json } = await post(tool, body, asked);
  return `${status} ${(json["refusal"] as { code?: string } | undefined)?.code ?? "answer"}`;
};

test("two routes, and only these methods", () => {
  expect(routes.map(({ path, methods, body }) => [path, methods, body])).toEqual([
    ["/actions/openapi.json", ["GET"], undefined],
    ["/actions/*", ["POST"], "json"],
  ]);
});

test("an answer is what MCP gives as structured content, byte for byte", async () => {
  const reply = await post("read-file", { path: "a.ts" });
  const outcome = await lab.call("read-file", { path: "a.ts" });
  expect([reply.status, reply.headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
  expect(outcome).toMatchObject({ kind: "answer", text: reply.body });
});

test("no body is no argument", async () => {
  expect(await code("read-manifest", undefined)).toBe("200 answer");
  expect(called[0]?.args).toEqual({});
});

describe("the corridor is told who calls", () => {
  test("and writes it down", async () => {
    await post("read-file", { path: "a.ts" });
    expect(called[0]!.caller).toMatchObject({
      principal: "agent",
      credential: "token:0123456789abcdef",
      session: "11111111-1111-4111-8111-111111111111",
    });
    expect(lab.entries().at(-1)).toMatchObject({
      event: "call.allowed",
      actor: { principal: "agent", credential: "token:0123456789abcdef", correlation: "corr-1" },
      data: { tool: "read-file", path: "a.ts" },
    });
  });

  test("one caller's proposal is unknown to another", async () => {
    const args = proposalArgs(base, {
      edits: [{ path: "a.ts", op: "replace", old_text: "one", new_text: "1" }],
    });
    const { json } = await post("propose-patch", args, { name: "alice" });
    const status = { patch_id: json["patch_id"] };
    const role = { principal: "mallory", scope: scopeOf({ roles: ["proposer"] }) };
    expect(await lab.code("patch-status", status, role)).toBe("patch_unknown");
    expect(await code("patch-status", status, { name: "alice" })).toBe("200 answer");
  });
});

describe("refusals", () => {
  const cases: readonly (readonly [string, string, unknown, string])[] = [
    ["another tool", "run-shell", {}, "404 tool_unknown"],
    ["no tool", "", {}, "404 tool_unknown"],
    ["a path below a tool", "read-file/x", {}, "404 tool_unknown"],
    ["a name written otherwise", "read%2Dfile", { path: "a.ts" }, "404 tool_unknown"],
    ["a name of the other style", "read_file", { path: "a.ts" }, "404 tool_unknown"],
    ["a name of an object", "constructor", {}, "404 tool_unknown"],
    ["an unknown field", "read-file", { path: "a.ts", shell: "id" }, "400 input_invalid"],
    ["a list", "read-file", [], "400 input_invalid"],
    ["a text", "read-file", "a.ts", "400 input_invalid"],
    ["null", "read-file", null, "400 input_invalid"],
    ["a fraction", "read-file", { path: "a.ts", start_line: 1.5 }, "400 input_invalid"],
    ["a file that is not listed", "read-file", { path: "/etc/passwd" }, "404 not_listed"],
    ["an expression that is none", "search-files", { query: "(", regex: true }, "400 query_invalid"],
    ["another base", "propose-patch", "other base", "409 base_unknown"],
    [
      "a patch of nobody",
      "patch-status",
      { patch_id: "00000000-0000-4000-8000-000000000000" },
      "404 patch_unknown",
    ],
    ["too much", "propose-patch", { diff: "x".repeat(300_000) }, "413 call_too_large"],
  ];
  test.each(cases)("%s", async (_what, tool, body, expected) => {
    const edits = [{ path: "a.ts", op: "delete" }];
    const args = body === "other base" ? proposalArgs("0".repeat(64), { edits }) : body;
    const before = lab.entries().length;
    expect(await code(tool, args)).toBe(expected);
    expect(lab.entries().length).toBeGreaterThan(before);
  });

  test("a tool that the caller may not use", async () => {
    expect(await code("propose-patch", {}, { tools: ["read-file"] })).toBe("403 unauthorized");
  });

  test("with the time to wait in a header, where waiting helps", async () => {
    const limits = { perMinute: 2, perHour: 1, maxPending: 1 };
    const scope = scopeOf({ limits });
    const replies: Reply[] = [];
    for (let n = 0; n < 3; n++)
      replies.push(
        (await routes[1]!.handler({
          ...exchange("/actions/read-file", { path: "a.ts" }),
          principal: { name: "hasty", credential: "c", scope },
        }))!,
      );
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429]);
    const { headers, body } = replies[2]!;
    const said = (JSON.parse(body as string) as { refusal: { retry_after: number } }).refusal;
    expect(said.retry_after).toBeGreaterThan(0);
    expect(headers["retry-after"]).toBe(String(said.retry_after));
    expect(replies[0]!.headers).not.toHaveProperty("retry-after");
  });
});

describe("waiting for a verdict ends before ChatGPT hangs up", () => {
  test.each<readonly [unknown, unknown]>([
    [300, 40],
    [41, 40],
    [40, 40],
    [0, 0],
    [1e9, 40],
    [40.5, 40.5],
    ["300", "300"],
    [-1, -1],
  ])("%j becomes %j", async (asked, given) => {
    const gone = AbortSignal.abort();
    await post("propose-patch", { wait_seconds: asked, title: "x" }, { signal: gone });
    expect(called[0]?.args).toEqual({ wait_seconds: given, title: "x" });
  });
});

describe("GET /actions/openapi.json", () => {
  const paths = async (tools?: readonly ToolName[]): Promise<readonly string[]> => {
    const reply = await routes[0]!.handler(
      exchange("/actions/openapi.json", undefined, tools === undefined ? {} : { tools }),
    );
    const document = JSON.parse(reply!.body as string) as {
      paths: object;
      servers: { url: string }[];
      info: { version: string };
    };
    expect([reply!.status, document.servers[0]?.url, document.info.version]).toEqual([
      200,
      "https://code.example",
      "1.2.3",
    ]);
    return Object.keys(document.paths);
  };
  test("is given out ten times as often a minute as calls are allowed, then it is 429 with Retry-After", async () => {
    const get = () =>
      routes[0]!.handler(exchange("/actions/openapi.json", undefined, { name: "slow", perMinute: 1 }));
    for (let n = 0; n < 10; n++) expect((await get())?.status).toBe(200);
    const reply = await get();
    expect([reply?.status, reply?.headers["retry-after"]]).toEqual([429, "60"]);
    expect(JSON.parse(reply?.body as string)).toMatchObject({ refusal: { code: "rate_calls" } });
    expect(await code("read-file", { path: "a.ts" }, { name: "slow", perMinute: 1 })).toBe("200 answer");
  });

  test("shows the caller's own tools and no word of the others", async () => {
    expect(await paths()).toHaveLength(6);
    expect(await paths(["read-file", "search-files"])).toEqual([
      "/actions/read-file",
      "/actions/search-files",
    ]);
    expect(await paths([])).toEqual([]);
    expect(await paths()).toHaveLength(6);
  });
});

test("W3C trace context of the request is the caller's", async () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const asked = exchange("/actions/read-manifest", {});
  for (const [traceparent, known] of [
    [`00-${trace}-00f067aa0ba902b7-01`, trace],
    ["00-nonsense", undefined],
  ] as const) {
    await routes[1]!.handler({ ...asked, headers: { traceparent } });
    expect(called.at(-1)?.caller.trace?.traceId).toBe(known);
  }
});
