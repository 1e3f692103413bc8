// The rows about the operator: what a preset lets somebody write, start and issue.
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PresetName } from "../../src/core/config/schema.ts";
import { bin } from "../support/agent.ts";
import { rpcClient } from "../support/rpc.ts";
import { call, outcome } from "./ask.ts";
import type { Row } from "./expected.ts";
import type { Posture } from "./posture.ts";
import { finish, type Program, start } from "./programs.ts";

type Cells = Readonly<Partial<Record<Row, string>>>;

/** What a preset needs anyway, so that only what is asked about can be at fault. */
const NEEDED: Readonly<Record<PresetName, string>> = {
  quickstart: "",
  default: "",
  hardened: '[server.http.tls]\ncert_file = "tls/cert.pem"\nkey_file = "tls/key.pem"\n',
  "container-prod": '[server.http.proxy]\naddresses = ["127.0.0.1"]\n',
};

/** One configuration with everything that somebody in a hurry would write; all its faults are told at once. */
const hasty = (preset: PresetName): string => `preset = "${preset}"
${NEEDED[preset]}
[server.http]
bind = "0.0.0.0"
[auth]
allow_local_only = true
[network]
bypass_loopback = true
[[principals]]
name = "literal"
roles = ["reader"]
tokens = ["${randomBytes(32).toString("base64url")}"]
[[principals]]
name = "program"
roles = ["reader"]
tokens = ["cmd:/usr/bin/pass"]
`;

/** One on loopback, of somebody who tries gates out without a word about the project and its CI. */
const trying = (preset: PresetName): string =>
  `preset = "${preset}"\n${NEEDED[preset]}[dev]\npermissive = true\n[namespace]\nname = "default"\n`;

/** Those of the wanted keys that are at fault in `toml`. */
type FaultsAt = (...wanted: readonly string[]) => string;

async function faultsAt({ state }: Posture, name: string, toml: string): Promise<FaultsAt> {
  const file = join(state, name);
  writeFileSync(file, toml);
  const { stdout } = await finish(["config", "check", "--json", "--state", state, "--config", file]);
  const { faults = [] } = JSON.parse(stdout) as { faults?: readonly { key: string }[] };
  const keys = [...new Set(faults.map(({ key }) => key))];
  return (...wanted) =>
    keys
      .filter((key) => wanted.includes(key))
      .map((key) => key.replace("server.http.", ""))
      .toSorted()
      .join(" ") || "accepted";
}

export async function configurationRows(posture: Posture): Promise<Cells> {
  const at = await faultsAt(posture, "hasty.toml", hasty(posture.preset));
  const tried = await faultsAt(posture, "trying.toml", trying(posture.preset));
  return {
    'namespace.name = "default"': tried("namespace.name"),
    "no key of a CI": tried("evidence.keys"),
    "dev.permissive = true": tried("dev.permissive"),
    "bind to 0.0.0.0": at("server.http.allow_non_loopback", "server.http.tls.termination", "auth.mode"),
    "allow_local_only = true": at("auth.allow_local_only"),
    "bypass_loopback = true": at("network.bypass_loopback"),
    "a literal secret": at("principals.0.tokens.0"),
    "a secret by cmd:": at("principals.1.tokens.0"),
  };
}

export async function startRows(posture: Posture): Promise<Cells> {
  return {
    "a token for 30 days": await issued(posture, 30),
    "a token for 180 days": await issued(posture, 180),
    "the stdio door": await overStdio(posture),
    "one operating-system user": await oneUser(posture),
    "a local caller without an entry": await unmapped(posture),
  };
}

async function issued({ state }: Posture, days: number): Promise<string> {
  const args = ["token", "issue", "--principal", "lasting", "--days", String(days), "--state", state];
  const { code, stderr } = await finish(args);
  return code === 0 ? "issued" : `exit ${code} ${codeIn(stderr)}`;
}

/** The code in what the person's commands say of a failure. */
const codeIn = (said: string): string => /^error (\w+):/m.exec(said)?.[1] ?? said;

async function overStdio({ repo, state }: Posture): Promise<string> {
  const args = [bin, "up", "--stdio", "--repo", repo, "--state", state];
  const client = await rpcClient({ command: process.execPath, args, stderr: "pipe" }, false);
  let said = "";
  client.child.stderr?.setEncoding("utf8").on("data", (chunk: string) => void (said += chunk));
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  };
  await client.request("initialize", params);
  client.child.stdin?.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  const answer = await client.call("read-file", { path: "src/a.ts" });
  const code = await client.close();
  if (answer.result === undefined) return `exit ${String(code)} ${codeIn(said)}`;
  return answer.result["isError"] === true ? JSON.stringify(answer.result["structuredContent"]) : "served";
}

/** `up` starts everything as whoever calls it. */
async function oneUser({ preset, state, users, said }: Posture): Promise<string> {
  const tells = /warning: the gateway's user can read the private key/;
  if (users === undefined && (preset === "quickstart" || preset === "default"))
    return tells.test(said()) ? "told" : "served";
  const program = start(["up", "--port", "0", "--state", state]);
  return started(program, () => Promise.resolve("served"));
}

/** Whoever reaches the loopback address, where that alone is to be enough. */
async function unmapped(posture: Posture): Promise<string> {
  const { door, preset } = posture;
  const read = (at: typeof door): Promise<string> =>
    outcome(call(at, undefined, "read-file", { path: "src/a.ts" }));
  if (preset === "quickstart") return read(door);
  return started(posture.another("auth.mode=local_only"), (origin) => read({ ...door, origin }));
}

async function started(program: Program, then: (origin: string) => Promise<string>): Promise<string> {
  const origin = await program.says(/listening on (http\S+)/).catch(() => undefined);
  if (origin !== undefined) {
    const said = await then(origin);
    await program.stop();
    return said;
  }
  const code = await program.stop();
  const key = /\b(auth\.[a-z_]+): /.exec(program.said())?.[1];
  return `exit ${String(code)} ${key ?? codeIn(program.said())}`;
}
