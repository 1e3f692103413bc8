// The table of refusals of one running posture: a row for each thing that the presets answer differently, and some that all refuse.
import { randomBytes } from "node:crypto";
import { ask, bearer, call, outcome, rpc } from "./ask.ts";
import { configurationRows, startRows } from "./operator.ts";
import type { Posture } from "./posture.ts";
import { proposalOf, served, unproven } from "./proposal.ts";
import type { Row } from "./expected.ts";

export type Column = Readonly<Record<Row, string>>;
type Cells = Readonly<Partial<Record<Row, string>>>;

/** In this order: what makes the door suspicious of this address comes last. */
export async function columnOf(posture: Posture): Promise<Column> {
  const cells: Cells = {
    ...(await arrivals(posture)),
    ...(await revisions(posture)),
    ...(await measures(posture)),
    ...(await proposals(posture)),
    ...(await proofs(posture)),
    ...(await configurationRows(posture)),
    ...(await startRows(posture)),
    ...(await floods(posture)),
  };
  return cells as Column;
}

const read = { path: "src/a.ts" };

const reading = (posture: Posture, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
  outcome(call(posture.door, posture.token("agent"), "read-file", read, headers));

async function arrivals(posture: Posture): Promise<Cells> {
  const { door, token } = posture;
  const clear = { ...door, origin: door.origin.replace("https:", "http:") };
  const rest = {
    path: "/actions/read-file",
    headers: { "content-type": "application/json", ...bearer(token("agent")) },
    body: JSON.stringify(read),
  };
  return {
    "no token": await outcome(call(door, undefined, "read-file", read)),
    "a foreign Host": await reading(posture, { host: "code.example" }),
    "a foreign Origin": await reading(posture, { origin: "https://code.example" }),
    "plain http": await outcome(call(clear, token("agent"), "read-file", read)),
    "REST for ChatGPT": await outcome(ask(door, rest)),
    "legacy SSE": await outcome(ask(door, { method: "GET", path: "/sse", headers: bearer(token("agent")) })),
    "x-forwarded-for that is no address": await reading(posture, { "x-forwarded-for": "somebody" }),
    "a workflow file": await outcome(
      call(door, token("agent"), "read-file", { path: ".github/workflows/ci.yml" }),
    ),
  };
}

async function revisions({ door, token }: Posture): Promise<Cells> {
  const handshake = (protocolVersion: string): Promise<string> => {
    const client = { protocolVersion, capabilities: {}, clientInfo: { name: "old", version: "1" } };
    const headers = { ...bearer(token("agent")), "mcp-protocol-version": protocolVersion };
    return outcome(rpc(door, "initialize", client, headers));
  };
  return {
    "a client of 2024-10-07": await handshake("2024-10-07"),
    "a client of 2024-11-05": await handshake("2024-11-05"),
    "a client of 2025-06-18": await handshake("2025-06-18"),
  };
}

/** Has the form of a token of ours, and was never issued. */
const SECRET = `cst_${randomBytes(8).toString("hex")}_${randomBytes(32).toString("base64url")}`;

/** Dry runs: each would be taken in but for its size, its place or its words. */
async function measures(posture: Posture): Promise<Cells> {
  const { door, token } = posture;
  const { manifest } = await served(posture, "measured", "read-manifest", {});
  const dry = (changes: object): Promise<string> =>
    outcome(
      call(door, token("measured"), "propose-patch", proposalOf(manifest, { dry_run: true, ...changes })),
    );
  const lines = (new_text: string): object => ({
    edits: [{ op: "replace", path: "src/a.ts", old_text: "two", new_text }],
  });
  const create = (count: number, folder = "src"): object => ({
    edits: Array.from({ length: count }, (_, n) => ({
      op: "create",
      path: `${folder}/n${n}.ts`,
      new_text: "new\n",
    })),
  });
  return {
    "a fourth file": await dry(create(4)),
    "a sixth file": await dry(create(6)),
    "a twenty-first file": await dry(create(21)),
    "150 lines in one hunk": await dry(lines("x\n".repeat(150))),
    "a line of 1500 characters": await dry(lines("x".repeat(1500))),
    "a line of 2500 characters": await dry(lines("x".repeat(2500))),
    "a new file beside the sources": await dry(create(1, "notes")),
    "a rationale of 12 characters": await dry({ ...lines("2"), rationale: "for a reason" }),
    "a claim of the agent": await dry({ ...lines("2"), evidence: [{ name: "tests_passed", value: true }] }),
    "an envelope that nobody can read": await dry({ ...lines("2"), evidence: [{ envelope: "{}" }] }),
    "a secret in the title": await dry({ ...lines("2"), title: `Use ${SECRET} from now on` }),
    "a call of 180,000 bytes": await dry(lines(`${"x".repeat(1990)}\n`.repeat(90))),
    "a body of 600,000 bytes": await dry(lines("x".repeat(600_000))),
  };
}

/** What the preset's gates make of what nobody proved. */
async function proofs(posture: Posture): Promise<Cells> {
  const { unsigned, foreign, told } = await unproven(posture);
  return {
    "a proposal that no CI signed": unsigned,
    "a proposal that another key signed": foreign,
    "what its proposer is told of the gate": told,
  };
}

/** Each is withdrawn again, so that it is the hour that counts and not the number that waits. */
async function proposals(posture: Posture): Promise<Cells> {
  const { door, token } = posture;
  const own = token("proposing");
  const { manifest } = await served(posture, "proposing", "read-manifest", {});
  const said: string[] = [];
  for (let turn = 1; turn <= 6; turn++) {
    const edits = [{ op: "replace", path: "src/b.ts", old_text: "b", new_text: `b ${turn}` }];
    const made = call(door, own, "propose-patch", proposalOf(manifest, { edits }));
    said.push(await outcome(made));
    const patch_id = (await made).json.result?.structuredContent?.["patch_id"];
    // Withdrawn, or judged faster than that: it waits no more.
    if (patch_id !== undefined) await call(door, own, "withdraw-patch", { patch_id });
  }
  return { "a fifth proposal in an hour": said[4] ?? "", "a sixth proposal in an hour": said[5] ?? "" };
}

/** Of one caller the calls, of one address the failed attempts. */
async function floods({ door, token }: Posture): Promise<Cells> {
  const calls: string[] = [];
  for (let turn = 1; turn <= 21; turn++)
    calls.push(await outcome(call(door, token("counted"), "read-file", read)));
  const tries: string[] = [];
  for (let turn = 1; turn <= 11; turn++) tries.push(await outcome(call(door, SECRET, "read-file", read)));
  return {
    "the 16th call in a minute": calls[15] ?? "",
    "the 21st call in a minute": calls[20] ?? "",
    "a wrong token": tries[0] ?? "",
    "the 11th wrong token in a minute": tries[10] ?? "",
  };
}
