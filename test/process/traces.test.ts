// The real gateway behind its walls sends spans with OpenTelemetry's own packages, and its log names the caller's trace.
import { afterAll, beforeAll, expect, test } from "vitest";
import { action, toolCall } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { eventually } from "../support/processes.ts";
import { openWebhook, type Webhook } from "../support/webhook.ts";

const [TRACE, SPAN] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
const traceparent = `00-${TRACE}-${SPAN}-01`;
let room: Room;
let up: Up;
let collector: Webhook;
let token: string;
beforeAll(async () => {
  collector = await openWebhook();
  room = openRoom(
    "default",
    `[telemetry]\notlp_url = "http://${collector.host}/v1/traces"\n[outbound]\nallowed_hosts = ["${collector.host}"]\n`,
  );
  token = room.token("somebody");
  up = await room.up();
});
afterAll(async () => {
  await room.remove();
  collector.stop();
});

test("a call is a span under its caller's, and its entry has the same trace", async () => {
  const [path, ask] = action("read-file", { path: "src/a.ts" }, { token });
  await up.ask(path, { ...ask, headers: { ...ask.headers, traceparent } });
  await up.ask(...toolCall("modern", "read-file", { path: "CANARY.ts" }, 1, { token }));
  const all = (): string => collector.got.map(({ body }) => body).join("\n");
  expect(
    await eventually(() => (all().split('"name":"call read-file"').length > 2 ? true : undefined), 20),
  ).toBe(true);
  expect(all()).toContain(`"traceId":"${TRACE}"`);
  expect(all()).toContain(`"parentSpanId":"${SPAN}"`);
  expect(all()).toContain("not_listed");
  expect(all()).not.toMatch(/CANARY|somebody|src\/a\.ts|cst_/);
  const entry = room
    .entries()
    .find(({ event, data }) => event === "call.allowed" && data["trace_id"] === TRACE);
  expect(entry?.data).toMatchObject({ tool: "read-file", span_id: SPAN });
});
