// I19: what an open incident stops in a gateway, at the very next call; what it leaves; and what agents are told of it.
import { randomUUID } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { IntegratorExchange } from "../../../src/io/exchange/exchange.ts";
import { integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { closureOf, incident } from "../../contract/incidents.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

const SECRET_REASON = "somebody sold our key to a stranger";
let lab: GatewayLab;
let incidents: IntegratorExchange["incidents"];
let base: string;
let patch: string;
beforeEach(async () => {
  lab = await gatewayLab({ toml: "[calls]\nper_minute = 5000\n" });
  base = await lab.publish({ "src/a.ts": "one\ntwo\n" });
  await lab.shelf.refresh();
  incidents = (await integratorExchange(lab.layout.exchange)).incidents;
  patch = String((await lab.output("propose-patch", change("first")))["patch_id"]);
});
afterEach(() => lab.stop());

const change = (text: string, more: object = {}): Record<string, unknown> =>
  proposalArgs(base, {
    edits: [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: text }],
    ...more,
  });
const calls = (): readonly (readonly [string, unknown])[] => [
  ["read-manifest", {}],
  ["read-file", { path: "src/a.ts" }],
  ["search-files", { query: "one" }],
  ["patch-status", { patch_id: patch }],
  ["withdraw-patch", { patch_id: patch }],
  ["propose-patch", change("zwei")],
  ["propose-patch", change("zwei", { dry_run: true })],
  ["propose-patch", change("zwei", { idempotency_key: randomUUID() })],
];
const codes = async (): Promise<readonly (string | undefined)[]> => {
  const said: (string | undefined)[] = [];
  for (const [name, args] of calls()) said.push(await lab.code(name, args));
  return said;
};

test("everything: every tool of every caller is refused at the next call, and recorded", async () => {
  const one = incident(1, { freezes: "everything", reason: SECRET_REASON });
  await incidents.put(one);
  const before = lab.entries().length;
  expect(await codes()).toEqual(calls().map(() => "incident_open"));
  expect(lab.corridor.stopped()?.where).toBe(one.incident_id);
  const recorded = lab.entries().slice(before);
  expect(recorded.map(({ event, data }) => [event, data["reason"]])).toEqual(
    calls().map(() => ["call.refused", "incident_open"]),
  );
  expect(JSON.stringify(recorded)).not.toContain(SECRET_REASON);
  await incidents.close(closureOf(one));
  expect(await lab.code("read-file", { path: "src/a.ts" })).toBeUndefined();
});

test("changes: proposals and rehearsals are refused, reading, looking after one's patch and withdrawing go on", async () => {
  const one = incident(1, { reason: SECRET_REASON });
  await incidents.put(one);
  const stopped = ["incident_open", "incident_open", "incident_open"];
  expect(await codes()).toEqual([undefined, undefined, undefined, undefined, undefined, ...stopped]);
  expect(lab.corridor.stopped()).toBeUndefined();
  const listing = await lab.output("read-manifest", {});
  expect(listing["proposals_stopped"]).toBe(true);
  const said = await lab.call("propose-patch", change("zwei"));
  expect(JSON.stringify([listing, said])).not.toContain(SECRET_REASON);
  await incidents.close(closureOf(one));
  expect(await lab.output("read-manifest", {})).not.toHaveProperty("proposals_stopped");
  expect(await lab.code("propose-patch", change("zwei"))).toBeUndefined();
});

test("what nobody may use, or what is no tool, is not told about incidents", async () => {
  await incidents.put(incident(1, { freezes: "everything" }));
  expect(await lab.code("no-such-tool", {})).toBe("tool_unknown");
  expect(await lab.code("read-file", { path: "a" }, lab.as("reader", { tools: ["read-manifest"] }))).toBe(
    "unauthorized",
  );
});

describe("what cannot be read stops", () => {
  test("a record that is torn", async () => {
    writeFileSync(join(lab.layout.exchange, "incidents", `${randomUUID()}.json`), "{");
    expect(await codes()).toEqual(calls().map(() => "incident_open"));
  });

  test.skipIf(process.getuid?.() === 0)("a folder that nobody may list", async () => {
    const folder = join(lab.layout.exchange, "incidents");
    chmodSync(folder, 0);
    expect(await lab.code("read-manifest", {})).toBe("incident_open");
    chmodSync(folder, 0o750);
  });
});

test("a proposal that is being put together when the incident is opened is refused, and nothing is stored", async () => {
  const one = incident(1);
  const slow = await gatewayLab({
    beside: lab,
    // The first look is that of the call's gate; then composing begins.
    guard: (real) =>
      new Proxy(real, {
        get(guard, name) {
          writeFileSync(join(lab.layout.exchange, "incidents", `${one.incident_id}.json`), "{");
          return Reflect.get(guard, name) as unknown;
        },
      }),
  });
  try {
    await slow.shelf.refresh();
    const before = lab.store.proposals(["pending"]).length;
    expect(await slow.code("propose-patch", change("zwei"))).toBe("incident_open");
    expect(lab.store.proposals(["pending"])).toHaveLength(before);
  } finally {
    await slow.stop();
  }
});

test("a second gateway on the same state is stopped by the same incident, also one that starts later", async () => {
  await incidents.put(incident(1, { freezes: "everything" }));
  const other = await gatewayLab({ beside: lab });
  await other.shelf.refresh();
  expect(await other.code("read-manifest", {})).toBe("incident_open");
  await other.stop();
});
