// I18, I19: over HTTP an agent's token approves, lands, opens and closes nothing; an incident stops it with 503, across restarts.
import { afterAll, beforeAll, expect, test } from "vitest";
import { bin, content, person, propose, publishedBase, refusalCode } from "../support/agent.ts";
import { proposalArgs } from "../support/gateway.ts";
import { action, mcp, toolCall } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { processesNaming } from "../support/processes.ts";
import { type RpcClient, rpcClient } from "../support/rpc.ts";

let room: Room;
let up: Up;
let token: string;
beforeAll(async () => {
  room = openRoom("default", "[server.http]\nfailures_per_minute = 10000\n[calls]\nper_minute = 10000\n");
  token = room.token("alice");
  up = await room.up();
});
let beside: RpcClient | undefined;
afterAll(async () => {
  await beside?.close();
  await room.remove();
});

const PERSONS = [
  "approve",
  "reject",
  "approve-patch",
  "reject-patch",
  "integrate",
  "land",
  "confirm",
  "review",
];
const COMMANDS = ["incident", "incident-open", "incident-close", "freeze", "token-issue", "keys-rotate"];

test("I18: no token of an agent approves or rejects: there is no such tool, no such route, and no list without a token", async () => {
  for (const name of [...PERSONS, ...COMMANDS]) {
    const rest = await up.ask(...action(name, { patch_id: "x" }, { token }));
    expect([name, rest.status, rest.code]).toEqual([name, 404, "tool_unknown"]);
    const call = await up.ask(...toolCall("modern", name, {}, 1, { token }));
    expect(call.json["error"]).toBeDefined();
    for (const path of [`/${name}`, `/approvals/${name}`, `/admin/${name}`])
      expect((await up.ask(path, { token, body: {} })).status).toBe(404);
  }
  const { json } = await up.ask(...mcp("modern", "tools/list", {}, 2, { token }));
  const names = (json["result"] as { tools: { name: string }[] }).tools.map(({ name }) => name);
  expect(names.toSorted()).toEqual([
    "patch-status",
    "propose-patch",
    "read-file",
    "read-manifest",
    "search-files",
    "withdraw-patch",
  ]);
  for (const ask of [mcp("modern", "tools/list", {}, 3, {}), action("patch-status", { patch_id: "x" }, {})])
    expect((await up.ask(...ask)).status).toBe(401);
});

test("I19: while an incident stops everything each call is 503, also of a gateway that was started again", async () => {
  const read = () => up.ask(...action("read-manifest", {}, { token }));
  const refresh = room.token("bob", "--refresh");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = `grant_type=refresh_token&refresh_token=${refresh}`;
  const exchanged = async (): Promise<number> => (await up.ask("/token", { headers, body })).status;
  expect(person(room.state, "incident", "open", "--everything", "--reason", "stop all of it").status).toBe(0);
  expect([(await read()).status, (await read()).code]).toEqual([503, "incident_open"]);
  expect(await exchanged()).toBe(503);
  await up.stop();
  up = await room.up();
  expect([(await read()).status, (await read()).code]).toEqual([503, "incident_open"]);
  expect(person(room.state, "incident", "close", "--reason", "all is well").status).toBe(0);
  expect((await read()).code).not.toBe("incident_open");
  expect(await exchanged()).toBe(200);
});

/** A gateway of its own beside those of `up`. */
function another(): Promise<RpcClient> {
  const args = [bin, "gateway", "--stdio", "--state", room.state];
  return rpcClient({ command: process.execPath, args });
}

const edits = (name: string) => [{ op: "create", path: `src/${name}.ts`, new_text: "export {};\n" }];

test("an incident freezes every process from the next call on, and outlives kill -9 of all of them", async () => {
  let client = (beside = await another());
  const base = await publishedBase(client);
  const overHttp = async (): Promise<string> =>
    (await up.ask(...action("propose-patch", proposalArgs(base, { edits: edits("http") }), { token }))).code;
  const overStdio = async (name: string) => propose({ client, base }, { edits: edits(name) });
  const verdict = content(await overStdio("before"));
  expect(verdict["state"]).toBe("approved");
  const land = () => person(room.state, "integrate", String(verdict["patch_id"]), "--json");

  expect(person(room.state, "incident", "open", "--reason", "stop proposals and landings").status).toBe(0);
  const frozen = async (): Promise<void> => {
    expect([await overHttp(), refusalCode(await overStdio("behind"))]).toEqual([
      "incident_open",
      "incident_open",
    ]);
    expect([land().status, land().stdout]).toEqual([1, expect.stringContaining('"incident_open"')]);
  };
  await frozen();
  for (const { pid } of processesNaming(room.state)) process.kill(pid, "SIGKILL");
  await up.ended;
  up = await room.up();
  client = beside = await another();
  await frozen();

  expect(person(room.state, "incident", "close", "--reason", "all is well").status).toBe(0);
  expect(land().status).toBe(0);
});
