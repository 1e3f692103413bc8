// I03: arguments named like passwords, tokens or cards, in every spelling, to every tool: their values are in no file and in no line.
import { randomBytes, randomUUID } from "node:crypto";
import { relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toolNames } from "../../src/core/identity/scope.ts";
import { filesWith, holds } from "../support/canary.ts";
import { action, toolCall } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { eventually } from "../support/processes.ts";
import { freePort, openWebhook, type Webhook } from "../support/webhook.ts";

/** Words that no scanner takes for a secret: only the name says what they are. */
const canary = (): string => `canary ${randomUUID().replaceAll("-", " word ")}`;
const NAMES = [
  "password",
  "PASSWORD",
  "db_password",
  "userPassword",
  "secret",
  "client-secret",
  "token",
  "accessToken",
  "api_key",
  "apiKey",
  "X-API-Key",
  "cvv",
  "CVV2",
  "card",
  "cardNumber",
  "ssn",
  "SSN",
  "credentials",
];
const SCRAPER = randomBytes(32).toString("base64url");

let room: Room;
let up: Up;
let webhook: Webhook;
let port: number;
let token: string;
const sent: string[] = [];
const named = (name: string): Readonly<Record<string, string>> => {
  const value = canary();
  sent.push(value);
  return { [name]: value };
};

beforeAll(async () => {
  [webhook, port] = [await openWebhook(), await freePort()];
  webhook.answer(503);
  room = openRoom(
    "default",
    `[log]\nlevel = "debug"\n[calls]\nper_minute = 5000\n[metrics]\nport = ${port}\ntoken = "env:TEST_SCRAPER"
[alerts]\nrefusal_percent = 1\nwebhook_url = "http://${webhook.host}/"\nwebhook_secret = "env:TEST_HOOK"
[outbound]\nallowed_hosts = ["${webhook.host}"]\n`,
  );
  token = room.token("p");
  const env = { TEST_SCRAPER: SCRAPER, TEST_HOOK: randomBytes(32).toString("base64url") };
  up = await room.up({ env });
});
afterAll(async () => {
  await room.remove();
  webhook.stop();
});

test("calls of every tool, with such names beside, below and in place of their arguments", async () => {
  for (const tool of toolNames) {
    for (const name of NAMES) {
      const before = sent.length;
      const asks = [
        up.ask(...action(tool, named(name), { token })),
        up.ask(...action(tool, { path: named(name) }, { token })),
        up.ask(...toolCall("modern", tool, { evidence: [named(name)] }, 1, { token })),
        up.ask(...toolCall("legacy", tool, { ...named(name), edits: [named(name)] }, 1, { token })),
      ];
      for (const { text } of await Promise.all(asks))
        for (const value of sent.slice(before)) expect(text).not.toContain(value);
    }
  }
  const query = sent.length;
  for (const name of NAMES)
    await up.ask(`/actions/read-manifest?${new URLSearchParams(named(name)).toString()}`, {
      body: {},
      token,
    });
  expect(sent.length - query).toBe(NAMES.length);
});

test("nothing of them is in logs, database, exchange, outbox, metrics or alerts", async () => {
  expect(await eventually(() => webhook.got[0], 30)).toBeDefined();
  const page = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { authorization: `Bearer ${SCRAPER}` },
  });
  const seen = Buffer.from(`${up.said()}${await page.text()}${JSON.stringify(webhook.got)}`);
  expect(seen.includes("refusal_rate")).toBe(true);
  for (const value of sent) expect(holds(seen, value)).toBe(false);
  for (const value of sent)
    expect(filesWith(value, [room.state, room.repo]).map((path) => relative(room.state, path))).toEqual([]);
  expect(filesWith("refusal_rate", [room.state]).some((path) => path.includes("outbox"))).toBe(true);
});

test("a claim of such a name is content of its proposal: it is in no line of the log and in no metric", async () => {
  const base = (await up.ask(...action("read-manifest", {}, { token }))).json["manifest"];
  const value = canary();
  await up.ask(
    ...action(
      "propose-patch",
      {
        base,
        title: "A change with a claim",
        rationale: "A claim whose name says that it is nobody's business.",
        change_type: "code_modification",
        risk_level: "low",
        edits: [{ op: "replace", path: "src/a.ts", old_text: "1", new_text: "2" }],
        evidence: [{ name: "password", value }],
      },
      { token },
    ),
  );
  const page = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { authorization: `Bearer ${SCRAPER}` },
  });
  expect(holds(Buffer.from(`${up.said()}${await page.text()}${JSON.stringify(webhook.got)}`), value)).toBe(
    false,
  );
  expect(JSON.stringify(room.entries())).not.toContain(value);
});
