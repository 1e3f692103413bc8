// A body may come half a minute after its headers: what counts is who its sender is when it is whole.
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { Authenticated, Authenticator } from "../../../src/gateway/auth/authenticate.ts";
import { believe, doors, type TestDoor } from "../../support/doors.ts";
import { type Answered, answersIn, dial, GOOD, requestText } from "../../support/http.ts";

const open = doors();
const no: Authenticated = {
  ok: false,
  status: 401,
  refusal: refusal("auth_revoked", "the token was revoked"),
};

/** Sends a call whose last bytes come after `between`. */
async function late({ where }: TestDoor, between: () => void): Promise<Answered | undefined> {
  const text = requestText({ body: '{"a":1}' });
  const socket = dial(where);
  let heard = "";
  socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
  socket.write(text.slice(0, -3));
  await pause(200);
  between();
  socket.write(text.slice(-3));
  await once(socket, "data");
  socket.destroy();
  return answersIn(heard)[0];
}

test("a token that is revoked meanwhile is refused, and the call is not carried out", async () => {
  const state = { revoked: false };
  const authenticate: Authenticator["authenticate"] = (shown) =>
    Promise.resolve(state.revoked ? no : believe(shown));
  const authenticator = { authenticate };
  const door = await open({ parts: { authenticator: () => authenticator } });
  expect(await late(door, () => (state.revoked = true))).toMatchObject({ status: 401 });
  expect(door.reached).toEqual([]);
  expect(door.recorded).toMatchObject([{ status: 401, said: { code: "auth_revoked" } }]);
});

test("who is somebody else by then calls as that", async () => {
  const state = { name: "before" };
  const authenticate: Authenticator["authenticate"] = (shown) => {
    const found = believe(shown);
    return Promise.resolve(
      found.ok ? { ok: true, principal: { ...found.principal, name: state.name } } : found,
    );
  };
  const authenticator = { authenticate };
  const door = await open({ parts: { authenticator: () => authenticator } });
  const answer = await late(door, () => (state.name = "after"));
  expect(JSON.parse(answer?.body ?? "{}")).toMatchObject({ principal: "after", body: { a: 1 } });
});

test("a changed configuration counts also for a request that came whole, if it was not yet let through", async () => {
  const gate = Promise.withResolvers<Authenticated>();
  const first: Authenticator = { authenticate: () => gate.promise };
  const then: Authenticator = { authenticate: () => Promise.resolve(no) };
  const state = { now: first };
  const door = await open({ parts: { authenticator: () => state.now } });
  const socket = dial(door.where);
  let heard = "";
  socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
  socket.write(requestText({ body: "{}" }));
  await pause(100);
  state.now = then;
  gate.resolve(believe({ authorization: [`Bearer ${GOOD}`] }));
  await once(socket, "data");
  expect(answersIn(heard)).toMatchObject([{ status: 401 }]);
  expect(door.reached).toEqual([]);
  socket.destroy();
});

test("a request that comes whole is proved once", async () => {
  const door = await open();
  const socket = dial(door.where);
  socket.write(requestText({ body: "{}" }));
  await once(socket, "data");
  expect(door.presented).toHaveLength(1);
  socket.destroy();
});
