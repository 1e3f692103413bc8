// Acceptance 7, "scanner output": a secret that gitleaks itself tells of is nowhere but in the order that is put aside.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bin, content, initState, person, propose, publishedBase } from "../support/agent.ts";
import { filesWith, holds } from "../support/canary.ts";
import { eventually } from "../support/processes.ts";
import { rpcClient } from "../support/rpc.ts";
import { realScanners, scannersToml } from "../support/scanners.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

const scanners = realScanners();
const folder = scratch("scanner-canary");
chmodSync(folder, 0o755);
afterAll(() => removeScratch(folder));

/** A form that gitleaks takes for a token where a word stands near, and everybody else for the name of a commit. */
const token = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(20))).toString("hex");
const text = (secret: string): string =>
  `// ${["source", "graph"].join("")} index\nexport const tip = "${secret}";\n`;

/** gitleaks without --redact: what it finds stands in its report, beside the one word that is read, and in its errors. */
function talkative(real: string): string {
  const own = join(folder, "talkative");
  mkdirSync(join(own, "bin"), { recursive: true });
  copyFileSync(realpathSync("/bin/sh"), join(own, "bin", "sh"));
  copyFileSync(realpathSync(join(real, "gitleaks")), join(own, "bin", "real"));
  const script = `#!${own}/bin/sh
for word; do shift; [ "$word" = --redact=100 ] || set -- "$@" "$word"; done
${own}/bin/real "$@" >"$TMPDIR/said"; code=$?
cat "$TMPDIR/said" >&2
sed 's/"Secret": "[^"]*"/"Secret": "REDACTED"/' "$TMPDIR/said"
exit $code
`;
  writeFileSync(join(own, "bin", "gitleaks"), script);
  for (const name of ["sh", "real", "gitleaks"]) chmodSync(join(own, "bin", name), 0o755);
  return join(own, "bin");
}

describe.runIf(scanners !== undefined)("what gitleaks tells", { timeout: 120_000 }, () => {
  test.each([
    ["redacted, as it is asked to", (real: string) => real],
    ["in full, as if it had not been asked", talkative],
  ])("is on no disk: %s", async (_title, place) => {
    const repo = scratchRepository("scanner-canary", { "src/a.ts": "one\n" });
    const state = initState(repo, `[log]\nlevel = "debug"\n${scannersToml(["gitleaks"])}`);
    const temporary = scratch("scanner-canary-tmp");
    const said: Buffer[] = [];
    const args = [bin, "up", "--stdio", "--repo", repo, "--state", state];
    const path = `${place(scanners ?? "")}${delimiter}${process.env["PATH"] ?? ""}`;
    const env = { PATH: path, TMPDIR: temporary };
    const client = await rpcClient({ command: process.execPath, args, env, stderr: "pipe" });
    client.child.stderr?.on("data", (chunk: Buffer) => said.push(chunk));
    const served = { repo, state, client, base: await publishedBase(client), stop: async () => undefined };

    const secret = token();
    const edits = [{ op: "create", path: "src/new.ts", new_text: text(secret) }];
    const answer = content(await propose(served, { edits }));
    expect(answer).toMatchObject({ state: "rejected" });
    expect(JSON.stringify(answer)).not.toContain(secret.slice(8));
    const aside = join("exchange", "orders", "quarantine", `${String(answer["patch_id"])}.json`);
    const found = (): readonly string[] =>
      filesWith(secret, [state, repo, temporary]).map((file) => relative(state, file));
    expect(await eventually(() => (found().join() === aside ? true : undefined), 20)).toBe(true);
    expect(statSync(join(state, aside)).mode & 0o077).toBe(0);
    const shown = person(state, "show", String(answer["patch_id"]));
    expect(shown.stdout).toContain("gitleaks.");
    expect(await client.close()).toBe(0);
    expect(found()).toEqual([aside]);
    expect(holds(Buffer.concat([...said, Buffer.from(shown.stdout + shown.stderr)]), secret)).toBe(false);
    for (const each of [repo, state, temporary]) removeScratch(each);
  });

  test("the second one really does", () => {
    const secret = token();
    writeFileSync(join(folder, "new.ts"), text(secret));
    const words = [
      "dir",
      join(folder, "new.ts"),
      "--redact=100",
      "--report-format",
      "json",
      "--report-path",
      "-",
    ];
    const env = { ...process.env, TMPDIR: folder };
    const ran = spawnSync(join(talkative(scanners ?? ""), "gitleaks"), words, { encoding: "utf8", env });
    expect(ran.stdout).toContain(`"Match": "${secret}`);
    expect(ran.stderr).toContain(secret);
  });
});
