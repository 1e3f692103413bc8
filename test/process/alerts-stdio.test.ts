// A gateway on stdio opens no socket: its alerts wait on the disk until somebody brings them, and spans are refused at the start.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bin } from "../support/agent.ts";
import { openRoom, type Room } from "../support/http-up.ts";
import { eventually } from "../support/processes.ts";
import { openWebhook, type Webhook } from "../support/webhook.ts";

const HOOK = randomBytes(32).toString("base64url");
let room: Room;
let webhook: Webhook;
const children = new Set<ChildProcess>();
const alerts = (): string =>
  `[alerts]\nvalidator_silent_seconds = 1\nwebhook_url = "http://${webhook.host}/"\nwebhook_secret = "env:TEST_HOOK"
[outbound]\nallowed_hosts = ["${webhook.host}"]\n`;

beforeAll(async () => {
  webhook = await openWebhook();
  room = openRoom("default", alerts());
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await room.remove();
  webhook.stop();
});

const env = { ...process.env, TEST_HOOK: HOOK, NO_COLOR: "1" };
function gateway(): { readonly child: ChildProcess; readonly said: () => string } {
  const args = [bin, "gateway", "--stdio", "--state", room.state];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "ignore", "pipe"], env });
  children.add(child);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  return { child, said: () => said };
}

test("its alerts wait in the outbox, and doctor --deliver brings them", async () => {
  const { child, said } = gateway();
  const outbox = join(room.state, "gateway", "alerts", "outbox");
  const waiting = (): number => (existsSync(outbox) ? readdirSync(outbox).length : 0);
  expect(await eventually(() => (waiting() > 0 ? true : undefined), 30)).toBe(true);
  expect(await eventually(() => (said().includes("validator_silent") ? true : undefined), 10)).toBe(true);
  expect(webhook.got).toEqual([]);
  child.stdin?.end();
  await once(child, "exit");
  expect(webhook.got).toEqual([]);
  const before = waiting();
  const args = [bin, "doctor", "--deliver", "--repo", room.repo, "--state", room.state];
  // Not by spawnSync: the webhook answers from this process.
  const doctor = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"], env });
  expect(await text(doctor.stdout)).toContain(`${before} alert(s) sent to the webhook; none waits`);
  expect(webhook.got).toHaveLength(before);
  expect(waiting()).toBe(0);
});

test("telemetry.otlp_url ends its start with the fix", async () => {
  room.configure(
    '[telemetry]\notlp_url = "http://127.0.0.1:9/v1/traces"\n[outbound]\nallowed_hosts = ["127.0.0.1:9"]\n',
  );
  const { child, said } = gateway();
  const [code] = (await once(child, "exit")) as [number | null];
  expect(code).toBe(2);
  expect(said()).toContain("telemetry.otlp_url is set, and a gateway on stdio opens no socket");
});
