// Acceptance 5 (D07, I05, I06, I17, X10): what each of two principals sees, and never an answer to the other one.
import { Agent } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { action, type Answer, inTurns, mcp, toolCall } from "../support/http-ask.ts";
import { entryOf } from "../support/http-seen.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";

const EACH = 50;
const CONTENT = (side: string, at: number): string => `export const ${side}${at} = "${side} ${at}";\n`;
const files = Object.fromEntries(
  ["alice", "bob"].flatMap((side) =>
    Array.from({ length: EACH }, (_, at) => [`${side}/f${at}.ts`, CONTENT(side, at)]),
  ),
);

let room: Room;
let up: Up;
let alice: string;
let bob: string;
beforeAll(async () => {
  room = openRoom(
    "default",
    `[server.http]\nfailures_per_minute = 10000\nmax_inflight = 2000\nmax_connections = 20000\n[calls]\nper_minute = 10000
[[principals]]\nname = "toolless"\ntools = []\nroles = ["proposer"]\n`,
    files,
  );
  alice = room.token("alice", "--paths", "alice/**");
  bob = room.token("bob", "--paths", "bob/**");
  up = await room.up();
});
afterAll(() => room.remove());

describe("what each principal sees (D07, I17, X10)", () => {
  const listed = ({ json }: Answer): readonly string[] =>
    ((json["result"] as { tools: { name: string }[] }).tools ?? []).map(({ name }) => name);

  test("a token for reading lists and gets the reading tools alone, in both eras", async () => {
    const token = room.token("reader", "--role", "reader");
    for (const era of ["legacy", "modern"] as const) {
      expect(listed(await up.ask(...mcp(era, "tools/list", {}, 1, { token })))).toEqual([
        "read-manifest",
        "read-file",
        "search-files",
      ]);
      const refused = await up.ask(...toolCall(era, "propose-patch", {}, 2, { token }));
      expect([refused.code, entryOf(room, refused)?.data["reason"]]).toEqual([
        "unauthorized",
        "unauthorized",
      ]);
    }
  });

  test("an empty list of tools is none at all", async () => {
    const token = room.token("toolless");
    expect(listed(await up.ask(...mcp("legacy", "tools/list", {}, 1, { token })))).toEqual([]);
    for (const tool of ["read-manifest", "read-file", "propose-patch"])
      expect((await up.ask(...action(tool, {}, { token }))).code).toBe("unauthorized");
  });

  test("two principals see two manifests, and a no does not tell that a file exists", async () => {
    const [hers, his] = ["alice/f1.ts", "bob/f2.ts"].map((glob) => room.token("scoped", "--paths", glob));
    const paths = async (token = ""): Promise<unknown> => {
      const { json } = await up.ask(...action("read-manifest", {}, { token }));
      const { entries, total } = json as { entries: { path: string }[]; total: number };
      return [entries.map(({ path }) => path), total];
    };
    expect([await paths(hers), await paths(his)]).toEqual([
      [["alice/f1.ts"], 1],
      [["bob/f2.ts"], 1],
    ]);
    const read = async (path: string): Promise<unknown> => {
      const { status, json } = await up.ask(...action("read-file", { path }, { token: his ?? "" }));
      const { code, message } = json["refusal"] as { code: string; message: string };
      return [status, code, message];
    };
    expect(await read("alice/f1.ts")).toEqual(await read("alice/none.ts"));
    const found = await up.ask(...action("search-files", { query: "export" }, { token: his ?? "" }));
    expect([found.status, found.text.includes("alice/")]).toEqual([200, false]);
  });
});

test("headers of other products, and those of a proxy that is none, change nothing", async () => {
  const foreign = {
    "mcp-init-host": "evil.example",
    "router-key": "x",
    "x-forwarded-for": "192.0.2.9",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-uri": "/healthz",
    "x-original-url": "/healthz",
    "x-rewrite-url": "/healthz",
    "x-http-method-override": "DELETE",
    "x-real-ip": "192.0.2.9",
    forwarded: "for=192.0.2.9;host=evil.example",
    via: "1.1 evil",
    "x-client-cert": "x",
    "x-countersign-client-subject": "CN=admin",
    "x-decision-gate-client-subject": "CN=admin",
    "x-user": "admin",
    "x-principal": "bob",
    "mcp-session-id": "bob",
  };
  const answer = await up.ask(
    ...action("read-file", { path: "alice/f1.ts" }, { token: alice, headers: foreign }),
  );
  expect([answer.status, answer.json["text"]]).toEqual([200, CONTENT("alice", 1)]);
  expect(room.entries().at(-1)?.actor.principal).toBe("alice");
  const stranger = await up.ask(...action("read-file", { path: "alice/f1.ts" }, { headers: foreign }));
  expect([stranger.status, stranger.code]).toEqual([401, "auth_missing"]);
  const entry = room.entries().find(({ actor }) => actor.session === stranger.id);
  expect([entry?.data["address"], entry?.actor.principal]).toEqual(["127.0.0.1", "anonymous"]);
});

describe("sizes of a call (I05, I06)", () => {
  test("a tool's name of 256 characters is unknown, one of 257 too long; -32602 over MCP", async () => {
    for (const length of [256, 257]) {
      const name = "n".repeat(length);
      const { json } = await up.ask(...toolCall("legacy", name, {}, 1, { token: alice }));
      expect((json["error"] as { code: number }).code).toBe(-32_602);
      const rest = await up.ask(...action(name, {}, { token: alice }));
      expect([rest.status, rest.code]).toEqual([404, "tool_unknown"]);
      expect(rest.text.includes("longer than 256")).toBe(length === 257);
    }
  });

  test.each([
    ["letters", "x"],
    ["characters of three bytes", "€"],
  ])("262144 bytes of %s are taken, one more is too large", async (_, letter) => {
    const width = Buffer.byteLength(letter);
    const frame = Buffer.byteLength(JSON.stringify({ base: "" }));
    const fill = (bytes: number): string => {
      const rest = bytes - frame;
      return letter.repeat(Math.floor(rest / width)) + "x".repeat(rest % width);
    };
    const send = (bytes: number): Promise<Answer> =>
      up.ask(...action("propose-patch", { base: fill(bytes) }, { token: alice }));
    expect((await send(262_144)).code).toBe("input_invalid");
    const over = await send(262_145);
    expect([over.status, over.code]).toEqual([413, "call_too_large"]);
  });
});

interface Found {
  readonly path?: string;
  readonly text?: string;
  readonly matches?: readonly { readonly path: string; readonly text: string }[];
}

describe("a thousand calls at once, of two principals, with the same ids", () => {
  test("every answer is the answer to its own request, in both eras", async () => {
    const wanted = (["alice", "bob"] as const).flatMap((side) =>
      (["legacy", "modern"] as const).flatMap((era) =>
        Array.from({ length: 250 }, (_, id) => ({ side, era, id, at: (id * 7) % EACH })),
      ),
    );
    expect(wanted).toHaveLength(1000);
    // Those with one id side by side, so that they are within the server at the same time.
    const order = wanted.toSorted((a, b) => a.id - b.id);
    const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
    const answers = await inTurns(order, 1000, async (want) => {
      const { side, era, id, at } = want;
      const token = side === "alice" ? alice : bob;
      // Bob's and alice's files have the same names below their own folders. A search gives way to others after each
      // file, so that many calls are half done at any time; a read is over at once, in the middle of them.
      const call =
        id % 2 === 0
          ? toolCall(era, "read-file", { path: `${side}/f${at}.ts` }, id, { token, agent })
          : toolCall(era, "search-files", { query: `${at}"` }, id, { token, agent });
      return { want, answer: await up.ask(...call) };
    });
    agent.destroy();
    const wrong = answers.filter(({ want: { side, id, at }, answer: { status, json } }) => {
      const { structuredContent = {} } = (json["result"] ?? {}) as { structuredContent?: Found };
      const { path, text, matches = [] } = structuredContent;
      const places = id % 2 === 0 ? [path] : matches.map((match) => match.path);
      const fits =
        id % 2 === 0
          ? text === CONTENT(side, at)
          : matches.length > 0 && matches.every((match) => match.text.endsWith(`${at}";`));
      return (
        status !== 200 ||
        json["id"] !== id ||
        !fits ||
        !places.every((place) => place?.startsWith(`${side}/`))
      );
    });
    expect(
      wrong.slice(0, 3).map(({ want, answer }) => [want, answer.status, answer.text.slice(0, 300)]),
    ).toEqual([]);
    expect(answers).toHaveLength(1000);
    // Each is in the log under the principal that asked, and under no other.
    const read = room
      .entries()
      .filter(({ event, data }) => event === "call.allowed" && data["tool"] === "read-file");
    expect(read.filter(({ actor, data }) => !String(data["path"]).startsWith(`${actor.principal}/`))).toEqual(
      [],
    );
    expect(read.length).toBeGreaterThanOrEqual(500);
  });

  test("neither reads a file of the other", async () => {
    for (const era of ["legacy", "modern"] as const) {
      const answer = await up.ask(...toolCall(era, "read-file", { path: "bob/f0.ts" }, 1, { token: alice }));
      expect([answer.code, answer.text.includes("bob 0")]).toEqual(["not_listed", false]);
    }
  });
});
