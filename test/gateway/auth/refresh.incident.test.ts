// While an incident stops everything, no token is made of another one; theft of one that was exchanged still ends its family.
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Incident, incidentFault, incidentIdSchema } from "../../../src/core/audit/incident.ts";
import { instant } from "../../../src/core/base/time.ts";
import { openFailureMeter } from "../../../src/gateway/auth/meter.ts";
import { tokenRoute } from "../../../src/gateway/auth/refresh.ts";
import type { OpenHandler } from "../../../src/gateway/http/exchange.ts";
import { authConfig } from "../../support/authenticating.ts";
import { credential, token } from "../../support/credentials.ts";
import { newStore, type OpenStore } from "../../support/open-store.ts";
import { note, NOON } from "../../support/proposals.ts";

let it: OpenStore;
let open: Pick<Incident, "incident_id" | "freezes">[];
let handler: OpenHandler;
beforeEach(() => {
  it = newStore();
  it.store.issue([credential(1, { kind: "refresh", ends: instant(NOON + 8e8) })], note("token.issued"));
  open = [];
  const clock = (): number => it.now;
  handler = tokenRoute({
    config: () => authConfig("bearer_token"),
    store: it.store,
    clock,
    random: (bytes) => randomBytes(bytes),
    failures: openFailureMeter({ perMinute: 3, clock }),
    stopped: () => incidentFault(open, "everything"),
  }).handler;
});
afterEach(() => {
  expect(it.end()).toMatchObject({ ok: true });
});

const incident_id = incidentIdSchema.parse("00000000-0000-4000-8000-000000000001");
const post = async (refresh_token: string): Promise<[number, Record<string, string>]> => {
  const body = { grant_type: "refresh_token", refresh_token };
  const asked = { body, address: "192.0.2.1", id: "r", correlation: "c" };
  const reply = await handler(asked as unknown as Parameters<OpenHandler>[0]);
  return [reply.status, JSON.parse(reply.body as string) as Record<string, string>];
};

test("503 incident_open, in the log, and the token is exchanged once the incident is closed", async () => {
  open = [{ incident_id, freezes: "everything" }];
  expect(await post(token(1).token)).toEqual([
    503,
    {
      error: "temporarily_unavailable",
      error_description: expect.stringContaining("incident_open") as string,
    },
  ]);
  const [last] = [...it.store.auditRows(0)].slice(-1);
  for (const said of ['"event":"access.refused"', '"reason":"incident_open"', `token:${token(1).id}`])
    expect(last?.line).toContain(said);
  expect(it.store.credentials()).toHaveLength(1);
  open = [];
  expect((await post(token(1).token))[0]).toBe(200);
});

test("who proves nothing hears nothing of it, and who asks again and again is slowed down", async () => {
  open = [{ incident_id, freezes: "everything" }];
  expect(await post(token(2).token)).toEqual([400, { error: "invalid_grant" }]);
  const answers = [await post(token(1).token), await post(token(1).token), await post(token(1).token)];
  expect(answers.map(([status]) => status)).toEqual([503, 503, 429]);
});

test("one that was exchanged before ends its family all the same", async () => {
  await post(token(1).token);
  open = [{ incident_id, freezes: "everything" }];
  expect(await post(token(1).token)).toEqual([400, { error: "invalid_grant" }]);
  expect(it.store.credentials().every(({ revoked }) => revoked !== null)).toBe(true);
});

test("an incident that stops changes only does not stop it", async () => {
  open = [{ incident_id, freezes: "changes" }];
  expect((await post(token(1).token))[0]).toBe(200);
});
