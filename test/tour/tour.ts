// `npm run tour`: the whole story on a scratch repository, as a person would want to read it. Exits 0 when every step held.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { git, removeScratch, scratch } from "../support/scratch.ts";
import { check, command, landId, note, step, styled } from "./narrate.ts";
import { makeRepository } from "./repository.ts";
import { type Agent, connectV1, connectV2 } from "./agents.ts";

const started = performance.now();
const repo = makeRepository();
const state = scratch("tour-state");

async function main(): Promise<void> {
  step("A repository, and one command that serves it");
  note(
    `scratch repository with ${git(repo, "ls-files").trim().split("\n").length} files; state in a folder of its own, outside the repository`,
  );
  const before = snapshot();
  const v2 = await connectV2(repo, state);
  check(`an agent connects over stdio (SDK v2, protocol ${v2.protocol})`, true);

  step("The agent reads what the signed manifest lists, and nothing else");
  const base = await readSome(v2);

  step("First proposal, as a diff: an ordinary change");
  const first = await v2.propose({
    base,
    title: "Greet politely",
    rationale: "The greeting should say good day, as the README promises.",
    diff: GREETING_DIFF,
  });
  check(`verdict ${first.outcome}`, first.outcome === "APPROVED");

  step("Second proposal, as edits, by another agent (SDK v1): it touches the authentication code");
  const v1 = await connectV1(repo, state);
  check(`a second client shares the validator and the log (protocol ${v1.protocol})`, true);
  const second = await v1.propose({
    base,
    title: "Longer sessions",
    rationale: "Sessions of an hour interrupt people at work.",
    edits: [
      {
        op: "replace",
        path: "src/auth/session.ts",
        old_text: "SESSION_MINUTES = 60",
        new_text: "SESSION_MINUTES = 480",
      },
    ],
  });
  check(`verdict ${second.outcome}: ${second.reasons.join("; ")}`, second.outcome === "MANUAL_REQUIRED");

  step("Third proposal: it edits a workflow, which runs with the repository's secrets");
  const third = await v2.propose({
    base,
    title: "Faster CI",
    rationale: "Skip the slow part of the build in CI.",
    edits: [
      { op: "replace", path: ".github/workflows/ci.yml", old_text: "npm test", new_text: "npm run quick" },
    ],
  });
  check(`verdict ${third.outcome}: ${third.reasons.join("; ")}`, third.outcome === "REJECTED");

  step("A person lands what may land");
  command(["list"], state, repo, 0);
  const landed = landId(command(["integrate", first.id], state, repo, 0));
  command(["integrate", second.id], state, repo, 1);
  note(
    "without a confirmation the sensitive one stays out; the reviewer confirms the patch that was read, by its digest",
  );
  command(["integrate", second.id, "--confirm", second.sha256.slice(0, 32)], state, repo, 0);
  command(["integrate", third.id, "--confirm", third.sha256.slice(0, 32)], state, repo, 1);
  command(["integrate", first.id], state, repo, 1);
  note("each verdict landed only because the log holds it, under a checkpoint that the sealer signed");
  const message = git(repo, "log", "-1", "--format=%B", landed);
  check("the commit names that checkpoint", /^Countersign-Audit: \S+ \d+ \S+$/m.test(message));

  step("Something looks wrong: a person stops everything at once");
  await frozen(v2, base);

  step("Everything can be verified, from any clone and with tools that are not ours");
  command(["attest", "verify", "--repo", repo, landed], state, repo, 0);
  verifyWithOpenssl(first.id);
  command(["audit", "verify"], state, repo, 0);

  step("And the repository's own work was never touched");
  check("work tree, index, HEAD and hooks are as before", snapshot() === before);
  note(
    `branches now: ${git(repo, "for-each-ref", "--format=%(refname:short)", "refs/heads").trim().replaceAll("\n", ", ")}`,
  );
  note("the person merges these branches, or deletes them; countersign never does");
  await Promise.all([v1.close(), v2.close()]);
}

/** An incident, as long as it is open and behind it. */
async function frozen(agent: Agent, base: string): Promise<void> {
  const change = { change_type: "code_modification", risk_level: "low" };
  const edits = [{ op: "create", path: "docs/later.md", new_text: "later\n" }];
  const fourth = await agent.propose({ base, title: "A note", rationale: "A note for later.", edits });
  check(`verdict ${fourth.outcome}`, fourth.outcome === "APPROVED");
  command(["incident", "open", "--patch", fourth.id, "--reason", "who wrote this?"], state, repo, 0);
  const refused = await agent.refusalOf("propose-patch", {
    ...change,
    base,
    title: "Later",
    rationale: "This can wait for its time.",
    edits,
  });
  check(`a proposal is refused: ${refused}`, refused === "incident_open");
  command(["integrate", fourth.id], state, repo, 1);
  command(["incident", "close", "--reason", "it was a colleague"], state, repo, 0);
  command(["integrate", fourth.id], state, repo, 0);
}

async function readSome(agent: Agent): Promise<string> {
  const manifest = await agent.manifest();
  check(
    `read-manifest lists ${manifest.paths.length} files at commit ${manifest.commit.slice(0, 10)}`,
    manifest.paths.includes("src/greet.ts"),
  );
  check(
    "an image is named with its reason, without content; the .env file is not even named",
    manifest.omitted.some((o) => o.path === "logo.png") &&
      ![...manifest.paths, ...manifest.omitted.map((o) => o.path)].includes(".env"),
  );
  const text = await agent.read("src/greet.ts");
  check("read-file returns the committed text", text.includes("hello"));
  const refused = await agent.refusalOf("read-file", { path: "../../etc/passwd" });
  check(`read-file ../../etc/passwd is refused: ${refused}`, refused === "not_listed");
  return manifest.digest;
}

/** Work tree, index, HEAD, stash and hooks as one text. */
function snapshot(): string {
  const ask = (...args: string[]): string => git(repo, ...args);
  return [
    ask("status", "--porcelain"),
    ask("rev-parse", "HEAD"),
    ask("symbolic-ref", "HEAD"),
    ask("ls-files", "--stage"),
    ask("stash", "list"),
  ].join("\n--\n");
}

/** The signed bytes of a DSSE envelope are its pre-authentication encoding; openssl checks them with the public key alone. */
function verifyWithOpenssl(id: string): void {
  const script = `
    E="${join(state, "exchange", "verdicts", `${id}.dsse.json`)}"; D="${state}"
    node -e 'const e=JSON.parse(require("fs").readFileSync(process.argv[1]));const b=Buffer.from(e.payload,"base64");
      require("fs").writeFileSync(process.argv[2]+"/pae.bin",Buffer.concat([Buffer.from("DSSEv1 "+e.payloadType.length+" "+e.payloadType+" "+b.length+" "),b]));
      require("fs").writeFileSync(process.argv[2]+"/sig.bin",Buffer.from(e.signatures[0].sig,"base64"))' "$E" "$D"
    openssl pkeyutl -verify -pubin -inkey "$D/trust/attestation.pub.pem" -rawin -in "$D/pae.bin" -sigfile "$D/sig.bin"`;
  try {
    const said = execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim();
    check(`openssl pkeyutl -verify: ${said}`, said.includes("Verified Successfully"));
  } catch (cause) {
    if (String(cause).includes("not found")) note("openssl is not installed here; docs show the commands");
    else check(`openssl: ${String(cause).slice(0, 200)}`, false);
  }
}

const GREETING_DIFF = `diff --git a/src/greet.ts b/src/greet.ts
--- a/src/greet.ts
+++ b/src/greet.ts
@@ -1,5 +1,5 @@
 // Greets a person by name.
 
 export function greet(name: string): string {
-  return \`hello \${name}\`;
+  return \`good day, \${name}\`;
 }
`;

try {
  await main();
  console.log(
    `\n${styled("All steps held", "bold")} in ${((performance.now() - started) / 1000).toFixed(0)} s.`,
  );
} catch (cause) {
  console.error(
    `\n${styled("The tour stopped:", "bold")} ${cause instanceof Error ? cause.message : String(cause)}`,
  );
  process.exitCode = 1;
} finally {
  for (const folder of [repo, state]) removeScratch(folder);
}
// A client library may keep a timer; the story is told.
setTimeout(() => process.exit(), 2000).unref();
