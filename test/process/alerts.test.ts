// I26, I27: the real product, seen from outside: a scrape, a validator that stops, the alert in log, webhook, metrics and doctor.
import { createHmac, randomBytes } from "node:crypto";
import { kill } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { person } from "../support/agent.ts";
import { action } from "../support/http-ask.ts";
import { type Entry, openRoom, type Room, type Up } from "../support/http-up.ts";
import { eventually } from "../support/processes.ts";
import { freePort, openWebhook, type Webhook } from "../support/webhook.ts";

const SCRAPER = randomBytes(32).toString("base64url");
const HOOK = randomBytes(32).toString("base64url");
let room: Room;
let up: Up;
let webhook: Webhook;
let port: number;
let token: string;

beforeAll(async () => {
  [webhook, port] = [await openWebhook(), await freePort()];
  room = openRoom(
    "default",
    `[metrics]\nport = ${port}\ntoken = "env:TEST_SCRAPER"
[alerts]\nvalidator_silent_seconds = 3\nwebhook_url = "http://${webhook.host}/in"\nwebhook_secret = "env:TEST_HOOK"
[outbound]\nallowed_hosts = ["${webhook.host}"]
[calls]\nper_minute = 1000\n`,
  );
  token = room.token("p");
  up = await room.up({ env: { TEST_SCRAPER: SCRAPER, TEST_HOOK: HOOK } });
});
afterAll(async () => {
  if (up.validator > 0) kill(up.validator, "SIGCONT");
  await room.remove();
  webhook.stop();
});

const scrape = async (
  auth = `Bearer ${SCRAPER}`,
): Promise<{ readonly status: number; readonly page: string }> => {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization: auth } });
  return { status: answer.status, page: await answer.text() };
};
const value = (page: string, series: string): number =>
  Number(
    page
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  );
/** The first page of the next thirty seconds of which it is true, or the last one. */
async function pageWhere(isSo: (page: string) => boolean): Promise<string> {
  for (let look = 0; ; look++) {
    const { page } = await scrape();
    if (isSo(page) || look === 300) return page;
    await pause(100);
  }
}
const alertsIn = (): readonly Entry[] =>
  room
    .entries()
    .filter(({ event, data }) => event.startsWith("alert.") && data["alert"] === "validator_silent");
const DOCTOR = ["doctor", "--repo"] as const;

test("a scrape: by token, bounded, and behind the gateway's walls", async () => {
  await up.ask(...action("read-file", { path: "src/a.ts" }, { token }));
  await up.ask(...action("read-file", { path: "CANARY-in-a-path" }, { token }));
  await up.ask("/actions/CANARY-in-a-name", { method: "POST", token, body: {} });
  await up.ask("/mcp", { method: "POST", token: "CANARY-in-a-token" });
  expect((await scrape("")).status).toBe(401);
  expect((await scrape(`Bearer ${token}`)).status).toBe(401);
  // Neither does the scraper's token open the other door.
  expect((await up.ask(...action("read-manifest", {}, { token: SCRAPER }))).status).toBe(401);
  const { status, page } = await scrape();
  expect(status).toBe(200);
  expect(value(page, 'countersign_calls_total{tool="read-file",outcome="allowed",reason="none"}')).toBe(1);
  expect(value(page, 'countersign_calls_total{tool="read-file",outcome="refused",reason="not_listed"}')).toBe(
    1,
  );
  expect(value(page, 'countersign_access_refused_total{reason="auth_invalid"}')).toBeGreaterThan(0);
  expect(value(page, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
  expect(page).not.toMatch(/CANARY|src\/a\.ts|"p"|cst_/);
  // What is looked up is as old as the last look.
  const commits = (now: string): number => value(now, "countersign_store_committed_calls_total");
  expect(commits(await pageWhere((now) => commits(now) > 0))).toBeGreaterThan(0);
});

test("I27: a validator that stops is told within the interval, once, everywhere; and so is its return", async () => {
  const age = (page: string): number => value(page, "countersign_validator_heartbeat_age_seconds");
  expect(age(await pageWhere((page) => age(page) < 3))).toBeLessThan(3);
  kill(up.validator, "SIGSTOP");
  expect(await eventually(() => (alertsIn().length > 0 ? true : undefined), 30)).toBe(true);
  const [raised] = alertsIn();
  expect(raised).toMatchObject({
    event: "alert.raised",
    actor: { principal: "gateway" },
    data: { limit: 3 },
  });
  expect(raised?.data["seconds"]).toBeLessThan(10);
  expect(up.said()).toContain("the validator shows no sign of life");

  const sent = await eventually(() => webhook.got[0], 30);
  const [, t = "", mac = ""] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(sent?.headers["countersign-signature"])) ?? [];
  expect(mac).toBe(
    createHmac("sha256", HOOK)
      .update(`${t}.${sent?.body ?? ""}`)
      .digest("hex"),
  );
  expect(JSON.parse(sent?.body ?? "")).toMatchObject({ alert: "validator_silent", state: "raised" });

  expect(value((await scrape()).page, 'countersign_alert_active{alert="validator_silent"}')).toBe(1);
  const doctor = person(room.state, ...DOCTOR, room.repo);
  expect(doctor.status).toBe(1);
  expect(doctor.stdout).toContain("alert validator_silent");
  expect(doctor.stdout).toContain("Start it (countersign up");

  kill(up.validator, "SIGCONT");
  expect(await eventually(() => (alertsIn().length > 1 ? true : undefined), 30)).toBe(true);
  expect(alertsIn().map(({ event }) => event)).toEqual(["alert.raised", "alert.cleared"]);
  expect(await eventually(() => (webhook.got.length === 2 ? true : undefined), 30)).toBe(true);
  expect(value((await scrape()).page, 'countersign_alert_active{alert="validator_silent"}')).toBe(0);
  expect(person(room.state, ...DOCTOR, room.repo).stdout).not.toContain("alert validator_silent");
});

test("what the webhook does not take waits on the disk for the next gateway, and no call waits for it", async () => {
  webhook.answer(503);
  const before = webhook.got.length;
  room.configure(`[alerts]\nvalidator_silent_seconds = 3\nrefusal_percent = 1
webhook_url = "http://${webhook.host}/in"\nwebhook_secret = "env:TEST_HOOK"
[metrics]\nport = ${port}\ntoken = "env:TEST_SCRAPER"
[outbound]\nallowed_hosts = ["${webhook.host}"]
[calls]\nper_minute = 1000\n`);
  await eventually(() => room.entries().find(({ event }) => event === "config.changed"), 30);
  for (let n = 0; n < 30; n++) await up.ask(...action("read-file", { path: "none.ts" }, { token }));
  await eventually(() => (webhook.got.length > before ? true : undefined), 30);
  const ids = new Set(webhook.got.slice(before).map(({ body }) => (JSON.parse(body) as { id: string }).id));
  expect(ids.size).toBe(1);
  await up.stop();
  webhook.answer(200);
  const tried = webhook.got.length;
  up = await room.up({ env: { TEST_SCRAPER: SCRAPER, TEST_HOOK: HOOK } });
  await eventually(() => (webhook.got.length >= tried + 2 ? true : undefined), 30);
  const told = webhook.got.slice(tried).map(({ body }) => JSON.parse(body) as { id: string; state: string });
  expect(told.map(({ state }) => state)).toEqual(["raised", "cleared"]);
  expect(ids.has(told[0]?.id ?? "")).toBe(true);
});
