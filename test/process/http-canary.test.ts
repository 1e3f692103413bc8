// Acceptance 3: no token, secret or JWT that was ever shown to the server is in any file of it, or in a line that it wrote.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mintToken, TOKEN_BYTES, tokenId } from "../../src/core/identity/token.ts";
import { person } from "../support/agent.ts";
import { action, type Answer, type Ask, mcp, toolCall } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { talk } from "../support/http.ts";
import { standingBytes, standingFiles } from "../support/standing.ts";

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const FORM = { "content-type": "application/x-www-form-urlencoded" };

let room: Room;
let up: Up;
/** By what it is: the part that nobody but its bearer may know. */
const secrets = new Map<string, string>();
const answers: string[] = [];
const keep = (what: string, secret: string): string => {
  secrets.set(what, secret);
  return secret;
};
const note = (answer: Answer): Answer => {
  answers.push(answer.text, JSON.stringify(answer.headers));
  return answer;
};

const proxySecret = keep("proxy secret", randomBytes(32).toString("base64url"));
const operatorToken = keep("token of the operator, by reference", randomBytes(32).toString("hex"));

/** Behind the id: the id is no secret. */
const secretOf = (token: string): string => token.slice("cst_".length + 16 + 1);
function issued(what: string, ...args: readonly string[]): string {
  const token = room.token(what.split(" ")[0] ?? what, ...args);
  keep(what, secretOf(token));
  return token;
}

beforeAll(async () => {
  room = openRoom(
    "default",
    `[server.http]\nfailures_per_minute = 10000\nsse = true\npublic_url = "https://code.example"\n[server.http.tls]\ntermination = "upstream"
[server.http.proxy]\naddresses = ["127.0.0.2"]\nsecret = "env:TEST_PROXY_SECRET"
[calls]\nper_minute = 1000\n[log]\nlevel = "debug"
[auth.oidc]\nissuer = "https://issuer.example"\naudience = "us"\nalgorithms = ["ES256"]\njwks_file = "keys.json"
[[principals]]\nname = "robot"\nsubjects = ["oidc:agent-7"]\nroles = ["reader"]
[[principals]]\nname = "machine"\ntokens = ["env:TEST_TOKEN"]\nroles = ["reader"]\n`,
  );
  writeFileSync(
    join(room.state, "keys.json"),
    JSON.stringify({ keys: [{ ...ec.publicKey.export({ format: "jwk" }), kid: "ec" }] }),
  );
  up = await room.up({ env: { TEST_PROXY_SECRET: proxySecret, TEST_TOKEN: operatorToken } });
});
afterAll(() => room.remove());

function jwt(what: string, subject: string, seconds: number): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const payload = {
    iss: "https://issuer.example",
    aud: "us",
    sub: subject,
    exp,
    jti: randomBytes(8).toString("hex"),
  };
  const input = `${part({ alg: "ES256", kid: "ec" })}.${part(payload)}`;
  const key = { key: ec.privateKey, dsaEncoding: "ieee-p1363" as const };
  const signature = sign("sha256", Buffer.from(input), key).toString("base64url");
  keep(`${what}: claims`, part(payload));
  keep(`${what}: signature`, signature);
  return `${input}.${signature}`;
}

const read = (authorization: string | readonly string[], more = {}): Promise<Answer> =>
  up.ask(...action("read-file", { path: "src/a.ts" }, { headers: { authorization, ...more } })).then(note);

test("everything that proves somebody is used, in every way that is a yes and in many that are a no", async () => {
  const good = issued("alice");
  const revoked = issued("bob");
  expect(person(room.state, "token", "revoke", tokenId(revoked) ?? "", "--reason", "x").status).toBe(0);
  const yes = [`Bearer ${good}`, `bearer ${operatorToken}`, `Bearer ${jwt("a JWT", "agent-7", 600)}`];
  for (const header of yes) expect((await read(header)).status).toBe(200);
  expect((await read(`Bearer ${good}`, { "x-countersign-proxy-secret": proxySecret })).status).toBe(200);
  const unknown = mintToken(randomBytes(TOKEN_BYTES)).token;
  keep("a token that was never made", secretOf(unknown));
  const basic = Buffer.from(`alice:${good}`).toString("base64");
  const no = [
    `Bearer ${revoked}`,
    `Bearer ${unknown}`,
    `Bearer ${jwt("an expired JWT", "agent-7", -600)}`,
    `Token ${good}`,
    good,
    `Basic ${keep("a token as a password", basic)}`,
    `Bearer ${good}x`,
    `Bearer ${good}, Bearer ${operatorToken}`,
  ];
  for (const header of no) expect((await read(header)).status).toBe(401);
  expect((await read([`Bearer ${good}`, `Bearer ${operatorToken}`])).status).toBe(401);
  expect((await read(`Bearer ${jwt("a JWT of nobody", "agent-8", 600)}`)).status).toBe(403);
  expect((await read(`Bearer ${good}`, { host: "evil.example" })).status).toBe(403);
  for (const era of ["legacy", "modern"] as const) {
    note(await up.ask(...toolCall(era, "read-file", { path: "src/a.ts" }, 1, { token: good })));
    note(await up.ask(...mcp(era, "tools/list", {}, 1, { token: revoked })));
  }
});

test("tokens are exchanged, and one is stolen", async () => {
  const exchange = (token: string): Promise<Answer> =>
    up.ask("/token", {
      headers: FORM,
      body: `grant_type=refresh_token&refresh_token=${token}`,
      method: "POST",
    });
  const first = issued("courier", "--refresh");
  const { json } = await exchange(first);
  for (const name of ["access_token", "refresh_token"])
    keep(`${name} by exchange`, secretOf(String(json[name])));
  expect((await read(`Bearer ${String(json["access_token"])}`)).status).toBe(200);
  expect(note(await exchange(first)).status).toBe(400);
  expect((await read(`Bearer ${String(json["access_token"])}`)).status).toBe(401);
});

test("tokens in places where they have no business: path, query, cookie, body, framing", async () => {
  const lost = issued("loser");
  const known = issued("walker");
  const headers = { authorization: `Bearer ${known}` };
  const sends = [
    up.ask(`/${lost}`),
    up.ask(`/actions/read-file?access_token=${lost}`, { body: {} }),
    up.ask("/actions/read-file", { body: {}, headers: { cookie: `t=${lost}`, "x-api-key": lost } }),
    up.ask("/healthz", { headers: { host: lost } }),
    up.ask("/mcp", { body: {}, headers: { origin: `https://${lost}` } }),
    up.ask("/mcp", { body: {}, headers: { ...headers, "content-type": lost } }),
    up.ask("/mcp", { body: `{"jsonrpc":"2.0","${lost}":1,"${lost}":2}`, headers }),
    up.ask("/mcp", { body: `not json ${lost}`, headers }),
    up.ask("/mcp", { body: {}, headers: { ...headers, "mcp-protocol-version": lost } }),
    up.ask(
      ...toolCall("legacy", "read-file", { path: "src/a.ts" }, 1, {
        headers: { ...headers, "mcp-name": lost },
      }),
    ),
    up.ask(...action("read-file", { path: { [lost]: lost } }, { headers })),
    up.ask(...action("search-files", { query: lost }, { headers })),
    up.ask("/token", { headers: FORM, method: "POST", body: `${lost}=1` }),
  ];
  for (const answer of await Promise.all(sends))
    expect([200, 400, 401, 403, 404, 415]).toContain(answer.status);
  const broken = `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization : Bearer ${lost}\r\n\r\n`;
  const { answers: said } = await talk({ host: "127.0.0.1", port: up.port }, broken, { answers: 1 });
  expect(said[0]?.status).toBe(400);
});

/** Words of a caller that the log keeps: which tool, which file, which request. */
const KEPT: readonly (readonly [place: string, ask: (token: string, headers: Headers) => [string, Ask]])[] = [
  ["the path to read", (token, headers) => action("read-file", { path: token }, { headers })],
  ["the prefix to list", (token, headers) => action("read-manifest", { prefix: token }, { headers })],
  [
    "an unknown argument",
    (token, headers) => action("read-file", { path: "src/a.ts", [token]: 1 }, { headers }),
  ],
  ["the tool over REST", (token, headers) => action(token, {}, { headers })],
  ["the tool over MCP", (token, headers) => toolCall("legacy", token, {}, 1, { headers })],
  ["the method", (token, headers) => mcp("legacy", token, {}, 1, { headers })],
  [
    "the correlation id",
    (token, headers) =>
      action("read-file", { path: "src/a.ts" }, { headers: { ...headers, "x-correlation-id": token } }),
  ],
];
type Headers = Readonly<Record<string, string>>;

// Known defect: the log keeps these words as they are. Turn into a test once they are masked.
test("a token where a name belongs is kept by its id at most", async () => {
  const headers = { authorization: `Bearer ${issued("wanderer")}` };
  const kept: string[] = [];
  for (const [place, ask] of KEPT) {
    const { token } = mintToken(randomBytes(TOKEN_BYTES));
    await up.ask(...ask(token, headers));
    const text = [
      ...standingFiles(room.state).map((file) => standingBytes(file).toString("latin1")),
      up.said(),
    ].join("");
    if (text.includes(secretOf(token))) kept.push(place);
  }
  expect(kept).toEqual([]);
});

/** Spellings under which a secret could lie somewhere: as it is, its bytes, and both in base64 and hexadecimal. */
function spellings(secret: string): readonly string[] {
  const bytes = [Buffer.from(secret), Buffer.from(secret, "base64url")];
  // In base64 a text begins at any of three places within a group of letters.
  const inside = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)])
      .toString("base64")
      .slice(shift === 0 ? 0 : 4, -4),
  );
  const hex = bytes.map((one) => one.toString("hex"));
  return [secret, ...inside, ...inside.map((one) => one.replaceAll("+", "-").replaceAll("/", "_")), ...hex];
}

/** Which secrets are in it, in any spelling. */
function found(text: string): readonly string[] {
  const lower = text.toLowerCase();
  return [...secrets].flatMap(([what, secret]) =>
    spellings(secret).some((one) => text.includes(one) || (/^[0-9a-f]+$/.test(one) && lower.includes(one)))
      ? [what]
      : [],
  );
}

test("none of it is in any file, in any line, in any process's arguments, or in an answer but its own", async () => {
  expect(secrets.size).toBeGreaterThan(15);
  const look = (): void => {
    for (const file of standingFiles(room.state))
      expect([file, found(standingBytes(file).toString("latin1"))]).toEqual([file, []]);
  };
  // With the write-ahead log beside the database, and once more when it is folded in.
  expect(standingFiles(room.state).some((file) => file.endsWith("-wal"))).toBe(true);
  look();
  for (const pid of [up.pid, up.validator])
    expect(found(readFileSync(`/proc/${pid}/cmdline`, "latin1"))).toEqual([]);
  expect(found(readFileSync(`/proc/${up.validator}/environ`, "latin1"))).toEqual([]);
  expect(await up.stop()).toBe(0);
  look();
  expect(up.said()).toContain("refused at the door");
  expect(found(up.said())).toEqual([]);
  expect(found(answers.join("\n"))).toEqual([]);
  const dump = person(room.state, "token", "list", "--json").stdout;
  expect(dump).toContain("courier");
  expect(found(dump)).toEqual([]);
});

test("the search would find one: in a file, in base64, in hexadecimal", () => {
  const [[what = "", secret = ""] = []] = secrets;
  for (const text of [
    `x${secret}y`,
    Buffer.from(`{"a":"${secret}"}`).toString("base64"),
    Buffer.from(`ab${secret}cd`).toString("base64url"),
    Buffer.from(`abc${secret}`).toString("hex").toUpperCase(),
    Buffer.from(secret, "base64url").toString("hex"),
  ])
    expect(found(text)).toContain(what);
});
