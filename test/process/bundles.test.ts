// Bundles of a real landing and a real incident: exported where everything runs or nothing does, verified in another folder.
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bin, content, initState, person, propose, root, serve, type Served } from "../support/agent.ts";
import { needs } from "../support/needs.ts";
import { create } from "../support/refusal-scene.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

let repo: string;
let state: string;
let served: Served;
let elsewhere: string;
async function open(toml = ""): Promise<void> {
  state = initState(repo, toml);
  served = await serve(repo, "", state);
  for (const role of ["attestation", "sealer"])
    cpSync(join(state, "trust", `${role}.pub.pem`), join(elsewhere, `${role}.pem`));
}
beforeEach(() => {
  repo = scratchRepository("bundles", { "src/a.ts": "export const a = 1;\n" });
  elsewhere = scratch("elsewhere");
});
afterEach(async () => {
  await served.stop();
  removeScratch(repo);
  removeScratch(elsewhere);
});

const KEYS = ["--attestation-key", "attestation.pem", "--sealer-key", "sealer.pem"];

function verified(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: process.env["PATH"], HOME: elsewhere, NO_COLOR: "1" };
  const done = spawnSync(process.execPath, [bin, "bundle", "verify", ...args], {
    cwd: elsewhere,
    env,
    encoding: "utf8",
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** What docs/formats/bundle.md has people type; it ends at the first command that fails. */
function byHand(file: string): string {
  cpSync(join(elsewhere, file), join(elsewhere, "b.json"));
  const page = readFileSync(join(root, "docs", "formats", "bundle.md"), "utf8");
  const blocks = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, text]) => text);
  expect(blocks).toHaveLength(3);
  const script = `set -eu\n${blocks.join("\n")}`;
  const done = spawnSync("bash", ["-c", script], { cwd: elsewhere, encoding: "utf8" });
  expect([done.status, done.stderr]).toEqual([0, ""]);
  return done.stdout;
}

async function landed(path: string): Promise<string> {
  const said = content(await propose(served, create(path, "words\n")));
  const id = String(said["patch_id"]);
  expect(person(state, "integrate", id)).toMatchObject({ status: 0 });
  return id;
}

test("a landed patch and a closed incident leave as files that verify elsewhere", async () => {
  await open();
  const id = await landed("docs/one.md");
  expect(person(state, "incident", "open", "--reason", "it looks odd", "--patch", id).status).toBe(0);
  expect(content(await propose(served, create("docs/two.md", "two\n")))).toMatchObject({
    refusal: { code: "incident_open" },
  });
  const opened = person(state, "incident", "list", "--json");
  const [{ incident_id: incident }] = (JSON.parse(opened.stdout) as { incidents: [{ incident_id: string }] })
    .incidents;
  expect(person(state, "incident", "close", "--reason", "it was fine").status).toBe(0);

  const patch = person(state, "bundle", id.slice(0, 8), "--out", `${elsewhere}/`, "--json");
  expect([patch.status, patch.stderr]).toEqual([0, ""]);
  const whole = person(state, "incident", "export", incident, "--out", join(elsewhere, "incident.json"));
  expect([whole.status, whole.stderr]).toEqual([0, ""]);

  const file = `patch-${id}.bundle.json`;
  const one = verified(file, ...KEYS);
  expect([one.code, one.err]).toEqual([0, ""]);
  expect(one.out).toContain("genuine: the verdict is APPROVED; all ");
  expect(one.out).toMatch(/incidents +1\n/);
  const two = verified("incident.json", ...KEYS, "--json");
  expect([two.code, two.err]).toEqual([0, ""]);
  expect(JSON.parse(two.out)).toMatchObject({
    verdict: "verified",
    facts: { incident_id: incident, patch_id: id, reason: "it looks odd", outcome: "APPROVED" },
  });
  if (needs("jq") && needs("openssl"))
    expect(byHand(file)).toContain(one.out.match(/bundle_sha256 +(\w+)/)?.[1]);
  // Another deployment's keys, and none.
  expect(verified(file, "--attestation-key", "sealer.pem", "--sealer-key", "attestation.pem").code).toBe(1);
  expect(verified(file, ...KEYS, "--origin", "countersign/default/other").code).toBe(1);
  expect(verified(file, "--sealer-key", "sealer.pem").code).toBe(2);
  expect(verified(file, "--state", state).code).toBe(0);
  // One line of the incident's slice of the log.
  const bytes = readFileSync(join(elsewhere, "incident.json"), "utf8");
  writeFileSync(join(elsewhere, "bent.json"), bytes.replace("A", "B"));
  expect(verified("bent.json", ...KEYS).code).toBe(1);
});

test("nobody serves, and the log names nobody: bundle runs gateway and validator for its seals itself", async () => {
  await open(`[audit]\npersonal = "committed"\n`);
  const id = await landed("docs/alone.md");
  await served.client.close();
  const file = join(elsewhere, "alone.json");
  const done = person(state, "bundle", id, "--out", file);
  expect([done.status, done.stderr]).toEqual([0, expect.not.stringContaining("could not be run") as unknown]);
  expect(verified("alone.json", ...KEYS).code).toBe(0);
  expect(person(state, "bundle", id, "--out", file)).toMatchObject({ status: 2 });
});

interface Listed {
  readonly keys: readonly { readonly role: string; readonly kind: string; readonly keyid: string }[];
}

/** The key is given up, its incident stands in the log, nobody serves, and the operator hands out the public keys anew. */
async function stolen(role: string): Promise<{ id: string; incident: string }> {
  await open();
  const id = await landed("docs/one.md");
  const opened = person(state, "incident", "open", "--reason", "a key was stolen", "--patch", id, "--json");
  const { incident_id: incident } = JSON.parse(opened.stdout) as { incident_id: string };
  await served.client.close();
  const { keys } = JSON.parse(person(state, "keys", "list", "--json").stdout) as Listed;
  const { keyid } = keys.find((key) => key.role === role && key.kind === "public")!;
  expect(person(state, "keys", "rotate", "--revoke", keyid).status).toBe(0);
  cpSync(join(state, "trust"), join(elsewhere, "trust"), { recursive: true });
  return { id, incident };
}

/** With everything of `trust/`. */
function verifiedByAll(file: string, ...more: readonly string[]): ReturnType<typeof verified> {
  const names = readdirSync(join(elsewhere, "trust"));
  const all = (role: string): readonly string[] => [
    `--${role}-key`,
    ...names.filter((name) => name.startsWith(role)).map((name) => join("trust", name)),
  ];
  return verified(file, ...more, ...all("attestation"), ...all("sealer"));
}

test("the sealer's key was stolen and is revoked, and the log got another name: the incident leaves, and is genuine", async () => {
  const { incident } = await stolen("sealer");
  appendFileSync(join(state, "countersign.toml"), `\n[audit]\norigin = "acme/prod"\n`);
  const done = person(state, "incident", "export", incident, "--out", join(elsewhere, "i.json"));
  expect([done.status, done.stderr]).toEqual([0, expect.not.stringContaining("xported") as unknown]);
  const answer = verifiedByAll("i.json", "--origin", "acme/prod");
  expect([answer.code, answer.err, answer.out]).toEqual([
    0,
    "",
    expect.stringMatching(/deployment +acme\/prod\n/) as unknown,
  ]);
});

test("the attestation key was stolen and is revoked: incident and patch leave, and say what counts no more", async () => {
  const { id, incident } = await stolen("attestation");
  for (const args of [
    ["incident", "export", incident],
    ["bundle", id],
  ]) {
    const file = `${args[0]}.json`;
    const done = person(state, ...args, "--out", join(elsewhere, file));
    expect([done.status, done.stderr]).toEqual([2, expect.stringContaining("exported, and not genuine")]);
    const answer = verifiedByAll(file);
    expect(answer.code).toBe(2);
    expect(answer.out).toMatch(
      /^REVOKED KEY: the verdict is APPROVED; an attestation key in it was revoked at /,
    );
    expect(answer.out).toMatch(/landed +[0-9a-f]{40}\n/);
  }
});

test("keys were rotated: what landed before verifies under all keys together, and under none of them alone", async () => {
  await open();
  const id = await landed("docs/one.md");
  await served.client.close();
  expect(person(state, "keys", "rotate").status).toBe(0);
  for (const role of ["attestation", "sealer"])
    cpSync(join(state, "trust", `${role}.pub.pem`), join(elsewhere, `${role}-2.pem`));
  const made = person(state, "bundle", id, "--out", join(elsewhere, "1.json"));
  expect([made.status, made.stderr]).toEqual([0, expect.not.stringContaining("xported") as unknown]);
  const both = (role: string): string[] => [`--${role}-key`, `${role}.pem`, `${role}-2.pem`];
  expect(verified("1.json", ...both("attestation"), ...both("sealer")).code).toBe(0);
  expect(verified("1.json", ...KEYS)).toMatchObject({
    code: 1,
    err: expect.stringContaining("all that the operator gave you") as unknown,
  });
});
