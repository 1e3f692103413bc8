// Landing: every question's refusal first, each with everything else in order; then what a landing leaves and does not touch.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { type GitOid, landingBranch, landedRef, type PatchId, type RefName } from "../../../src/core/base/ids.ts";
import { instant } from "../../../src/core/base/time.ts";
import type { Landing } from "../../../src/core/proposal/landing.ts";
import { integrate } from "../../../src/integrator/commands/integrate.ts";
import { landingGate } from "../../../src/integrator/git/integrate.ts";
import { gatewayExchange, integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { git, writeFiles } from "../../support/scratch.ts";
import { type Desk, openDesk, patchOf, propose, type ProposalOptions, type Proposed, throwAwayKey } from "../../support/verdicts.ts";
import { testWorld, type WorldOptions } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

interface Outcome {
  readonly code: number;
  readonly said: { out: string; err: string };
  readonly landing: Landing & { trace: readonly { id: string; state: string }[] };
  /** The refusal's code, or how it ended well. */
  readonly answer: string;
}

async function run(id: PatchId, options: { confirm?: string; dryRun?: boolean } = {}, world: Partial<WorldOptions> = {}): Promise<Outcome> {
  const made = testWorld({ cwd: desk.repo, now: desk.now + 1000, ...world });
  const code = await integrate.run(made, [id], { ...options, state: desk.places.root, json: true });
  const landing = JSON.parse(made.said.out) as Outcome["landing"];
  const { result } = landing;
  return { code, said: made.said, landing, answer: result.kind === "refused" ? result.refusal.code : result.kind };
}

const refs = (): string => git(desk.repo, "for-each-ref");
const later = (millis: number): ReturnType<typeof instant> => instant(desk.now + millis);

/** Everything of the repository that a landing must leave alone. */
function snapshot(): Record<string, string> {
  const index = join(desk.repo, ".git", "index");
  const headLog = join(desk.repo, ".git", "logs", "HEAD");
  return {
    status: git(desk.repo, "status", "--porcelain", "--ignored"),
    head: readFileSync(join(desk.repo, ".git", "HEAD"), "utf8"),
    main: git(desk.repo, "rev-parse", "main"),
    stash: git(desk.repo, "stash", "list"),
    index: existsSync(index) ? sha256(readFileSync(index)) : "",
    headLog: readFileSync(headLog, "utf8"),
    config: readFileSync(join(desk.repo, ".git", "config"), "utf8"),
  };
}

describe("the matrix of outcome and flag", () => {
  const right = (made: Proposed): string => made.sha256.slice(0, 8);
  const wrong = (made: Proposed): string => `${made.sha256.startsWith("0") ? "1" : "0"}${made.sha256.slice(1, 8)}`;
  test.each([
    { outcome: "APPROVED", flag: "none", answer: "landed" },
    { outcome: "APPROVED", flag: "right", answer: "landed" },
    { outcome: "APPROVED", flag: "wrong", answer: "confirm_mismatch" },
    { outcome: "MANUAL_REQUIRED", flag: "none", answer: "confirm_required" },
    { outcome: "MANUAL_REQUIRED", flag: "right", answer: "landed" },
    { outcome: "MANUAL_REQUIRED", flag: "wrong", answer: "confirm_mismatch" },
    { outcome: "REJECTED", flag: "none", answer: "verdict_rejected" },
    { outcome: "REJECTED", flag: "right", answer: "verdict_rejected" },
    { outcome: "REJECTED", flag: "wrong", answer: "verdict_rejected" },
  ] as const)("$outcome, --confirm $flag: $answer", async ({ outcome, flag, answer }) => {
    const made = await propose(desk, { outcome });
    const confirm = flag === "none" ? {} : { confirm: flag === "right" ? right(made) : wrong(made) };
    const dry = await run(made.id, { ...confirm, dryRun: true });
    const done = await run(made.id, confirm);
    expect(dry.answer).toBe(answer === "landed" ? "passed" : answer);
    expect(done.answer).toBe(answer);
    expect(done.code).toBe(answer === "landed" ? 0 : 1);
    expect(refs().includes(landingBranch(made.id))).toBe(answer === "landed");
  });

  test.each([7, 65])("a confirmation of %i characters is none", async (length) => {
    const made = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    const { answer } = await run(made.id, { confirm: `${made.sha256}0`.slice(0, length) });
    expect(answer).toBe("confirm_mismatch");
  });

  test("a person at the terminal is asked, and only for MANUAL_REQUIRED when all else holds", async () => {
    const made = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    expect((await run(made.id, {}, { answer: "" })).answer).toBe("confirm_required");
    expect((await run(made.id, {}, { answer: "yes" })).answer).toBe("confirm_mismatch");
    const landed = await run(made.id, {}, { answer: made.sha256.slice(0, 8).toUpperCase() });
    expect(landed.answer).toBe("landed");
    expect(landed.landing.confirmed).toBe(true);
    const easy = await propose(desk, { edit: { "src/b.txt": "b\n" } });
    expect((await run(easy.id, {}, { answer: "no" })).said.err).not.toContain("Type the first");
    const hopeless = await propose(desk, { outcome: "MANUAL_REQUIRED", predicate: { expires: later(0) } });
    expect((await run(hopeless.id, {}, { answer: "x" })).said.err).not.toContain("Type the first");
  });
});

describe("refused", () => {
  const cases: readonly { what: string; options: ProposalOptions | (() => ProposalOptions); answer: string; now?: number }[] = [
    { what: "no verdict yet", options: { unjudged: true }, answer: "verdict_missing" },
    { what: "signed by another key", options: () => ({ key: throwAwayKey() }), answer: "verdict_signature" },
    { what: "verdict about another repository", options: { predicate: { resourceUri: "urn:countersign:repository:other" } }, answer: "verdict_mismatch" },
    { what: "verdict for another branch", options: { predicate: { targetRef: "refs/heads/other" as RefName } }, answer: "verdict_mismatch" },
    { what: "verdict about another patch", options: { predicate: { patchId: "00000000-0000-4000-8000-000000000009" as PatchId } }, answer: "verdict_mismatch" },
    { what: "verdict expired", options: () => ({ predicate: { expires: later(999) } }), answer: "verdict_expired" },
    { what: "verdict expires at this very millisecond", options: () => ({ predicate: { expires: later(1000) } }), answer: "verdict_expired" },
    { what: "verdict from the future", options: () => ({ predicate: { timeVerified: later(400_000) } }), answer: "verdict_expired" },
    { what: "order expired", options: () => ({ order: { expires: later(500) } }), answer: "order_expired" },
    { what: "other policy", options: () => ({ predicate: { policy: { uri: "x", digest: { sha256: sha256("other") }, annotations: { rules: "1" } } } }), answer: "policy_changed" },
    { what: "other patch attested", options: () => ({ attested: sha256("other") }), answer: "order_changed" },
    { what: "order with another patch than its digest says", options: () => ({ order: { patch_sha256: sha256("other") } }), answer: "order_changed" },
    { what: "other tree attested", options: () => ({ tree: "1".repeat(40) as GitOid }), answer: "result_differs" },
    {
      what: "base commit that is not in the repository",
      options: () => ({ predicate: { base: { manifest: sha256("m"), digest: { gitCommit: "2".repeat(40) as GitOid, gitTree: "3".repeat(40) as GitOid } } } }),
      answer: "base_moved",
    },
    {
      what: "base commit with another tree",
      options: () => {
        const { commit } = patchOf(desk.repo, { "src/a.txt": "x\n" });
        return { predicate: { base: { manifest: sha256("m"), digest: { gitCommit: commit, gitTree: "3".repeat(40) as GitOid } } } };
      },
      answer: "verdict_mismatch",
    },
    { what: "a path that is blocked for good, whatever the validator signed", options: { edit: { ".github/workflows/ci.yml": "on: push\n" } }, answer: "path_blocked" },
    { what: "the same in another spelling", options: { edit: { ".GitHub/Workflows/ci.yml": "on: push\n" } }, answer: "path_blocked" },
  ];
  test.each(cases)("$what: $answer", async ({ options, answer }) => {
    const made = await propose(desk, typeof options === "function" ? options() : options);
    const before = [refs(), snapshot()];
    const done = await run(made.id);
    expect(done.answer).toBe(answer);
    expect(done.code).toBe(1);
    expect([refs(), snapshot()]).toEqual(before);
  });

  test("a symbolic link, whatever the validator signed", async () => {
    const patch = ["diff --git a/link b/link", "new file mode 120000", "index 0000000000000000000000000000000000000000..1de565933b05f74c75ff9a6520af5f9f8a5a2f1d", "--- /dev/null", "+++ b/link", "@@ -0,0 +1 @@", "+target", "\\ No newline at end of file", ""].join("\n");
    const lab = openDesk();
    writeFileSync(join(lab.repo, "link.patch"), patch);
    git(lab.repo, "apply", "--index", "link.patch");
    const tree = git(lab.repo, "write-tree").trim() as GitOid;
    lab.remove();
    const made = await propose(desk, { order: { patch, patch_sha256: sha256(patch) }, tree });
    expect((await run(made.id)).answer).toBe("diff_link");
  });

  test.each([
    ["withdrawn", "patch_withdrawn"],
    ["superseded", "patch_superseded"],
    ["expired", "order_expired"],
  ] as const)("%s by the proposer's side: %s", async (state, answer) => {
    const made = await propose(desk);
    await (await gatewayExchange(desk.places.exchange)).orders.close({ version: 1, patch_id: made.id, state, at: later(0) });
    expect((await run(made.id)).answer).toBe(answer);
  });

  test("a closing note that cannot be read holds: it may be a withdrawal", async () => {
    const made = await propose(desk);
    writeFileSync(join(desk.places.exchange, "orders", `${made.id}.closed.json`), "{");
    expect((await run(made.id)).answer).toBe("order_invalid");
  });

  test.each(["title", "patch", "principal", "expires"] as const)("any byte of the order that matters is bound: %s", async (field) => {
    const made = await propose(desk);
    const file = join(desk.places.exchange, "orders", `${made.id}.json`);
    const order = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    order[field] = field === "expires" ? later(-1) : `${order[field] ?? ""} `;
    const { canonical } = await import("../../../src/core/base/canonical.ts");
    writeFileSync(file, canonical(order));
    const { answer } = await run(made.id);
    // Title and principal are the agent's own words and decide nothing; everything that decides is refused.
    expect(answer).toBe({ title: "landed", principal: "landed", patch: "order_changed", expires: "order_expired" }[field]);
  });

  test("every changed byte of the verdict", async () => {
    const made = await propose(desk);
    const file = join(desk.places.exchange, "verdicts", `${made.id}.dsse.json`);
    const good = readFileSync(file);
    for (let at = 0; at < good.length; at += Math.ceil(good.length / 40)) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(file, bad);
      const { answer } = await run(made.id);
      expect(["verdict_signature", "verdict_invalid"], `byte ${at}`).toContain(answer);
    }
    writeFileSync(file, good);
    expect((await run(made.id)).answer).toBe("landed");
  });

  test("an order under another patch's name", async () => {
    const made = await propose(desk);
    const other = await propose(desk, { edit: { "src/b.txt": "b\n" } });
    const folder = join(desk.places.exchange, "orders");
    writeFileSync(join(folder, `${made.id}.json`), readFileSync(join(folder, `${other.id}.json`)));
    expect((await run(made.id)).answer).toBe("order_invalid");
  });

  test("an id that nobody proposed", async () => {
    const { answer, code } = await run("00000000-0000-4000-8000-000000000001" as PatchId);
    expect([answer, code]).toEqual(["patch_unknown", 1]);
  });

  test.each([
    ["the same file", { "src/a.txt": "one\ntwo\nfour\n" }],
    ["a folder where the file was", { "src/a.txt": null, "src/a.txt/x.txt": "x\n" }],
    ["a file where its folder was", { "src/a.txt": null, "src/b.txt": null, src: "x\n" }],
  ] as const)("the branch moved and changed %s", async (_what, files) => {
    const made = await propose(desk);
    for (const [path, text] of Object.entries(files)) {
      if (text === null) git(desk.repo, "rm", "-q", path);
    }
    writeFiles(desk.repo, Object.fromEntries(Object.entries(files).filter((pair): pair is [string, string] => pair[1] !== null)));
    git(desk.repo, "add", "-A");
    git(desk.repo, "commit", "-q", "-m", "second");
    expect((await run(made.id)).answer).toBe("base_moved");
  });

  test("the landing branch exists already", async () => {
    const made = await propose(desk);
    git(desk.repo, "branch", `countersign/patch-${made.id.slice(0, 8)}`);
    expect((await run(made.id)).answer).toBe("branch_exists");
    expect(refs()).not.toContain(landedRef(made.id));
  });

  test("a branch called countersign leaves no room for the landing branch", async () => {
    const made = await propose(desk);
    git(desk.repo, "branch", "countersign");
    expect((await run(made.id)).answer).toBe("branch_exists");
  });

  test("landed twice", async () => {
    const made = await propose(desk);
    expect((await run(made.id)).answer).toBe("landed");
    const after = refs();
    expect((await run(made.id)).answer).toBe("already_landed");
    git(desk.repo, "branch", "-D", `countersign/patch-${made.id.slice(0, 8)}`);
    expect((await run(made.id)).answer).toBe("already_landed");
    expect(after).toContain(landedRef(made.id));
  });

  test("policy changed in the configuration", async () => {
    const made = await propose(desk);
    writeFileSync(desk.places.config, `${readFileSync(desk.places.config, "utf8")}\n[proposal]\nmax_files = 3\n`);
    expect((await run(made.id)).answer).toBe("policy_changed");
  });
});

describe("the gate", () => {
  test("has every condition in the trace, and a landing makes all of them true", async () => {
    const made = await propose(desk);
    const { landing } = await run(made.id);
    expect(landing.trace).toEqual(landingGate.requires.map((id) => ({ id, state: "true" })));
  });

  test("conditions that were not asked are unknown", async () => {
    const made = await propose(desk, { unjudged: true });
    const { landing } = await run(made.id);
    const states = Object.fromEntries(landing.trace.map(({ id, state }) => [id, state]));
    expect(states).toMatchObject({ order: "true", verdict: "false", signature: "unknown", result: "unknown", confirmed: "unknown" });
  });
});

describe("a landing", () => {
  test("leaves work tree, index, HEAD, stash and configuration alone, also when they are in use", async () => {
    writeFiles(desk.repo, { "src/b.txt": "half done\n", "new.txt": "untracked\n" });
    git(desk.repo, "stash", "-q");
    writeFiles(desk.repo, { "src/a.txt": "staged\n", "other.txt": "untracked\n" });
    git(desk.repo, "add", "src/a.txt");
    const before = snapshot();
    const made = await propose(desk);
    expect((await run(made.id)).answer).toBe("landed");
    expect(snapshot()).toEqual(before);
  });

  test("is one commit on the base with exactly the attested tree", async () => {
    const made = await propose(desk);
    const { landing } = await run(made.id, {}, { env: { GIT_COMMITTER_NAME: "Ada <evil>\nPerson", GIT_COMMITTER_EMAIL: "ada@example.invalid" } });
    const branch = landingBranch(made.id);
    expect(git(desk.repo, "rev-parse", `${branch}^{tree}`, `${branch}^`).split("\n").slice(0, 2)).toEqual([made.tree, git(desk.repo, "rev-parse", "main").trim()]);
    expect(git(desk.repo, "rev-list", "--count", `main..${branch}`).trim()).toBe("1");
    expect(git(desk.repo, "log", "-1", "--format=%an <%ae>|%cn <%ce>", branch).trim()).toBe(
      "local:stdio <local-stdio@agent.countersign.invalid>|Ada evil\\u{a}Person <ada@example.invalid>",
    );
    expect(git(desk.repo, "log", "-1", "--format=%(trailers)", branch)).toContain(`Countersign-Patch-Id: ${made.id}`);
    expect(landing.result).toMatchObject({ kind: "landed", branch, tree: made.tree });
  });

  test("puts objects that git finds sound, and verdict, order, key and record under refs/countersign", async () => {
    const made = await propose(desk, { edit: { "src/new/deep.txt": "new\n", "src/b.txt": null, "crlf.txt": "x\r\nz\r\n" } });
    const { landing } = await run(made.id);
    expect(git(desk.repo, "fsck", "--full", "--strict", "--no-dangling")).toBe("");
    const show = (name: string): string => git(desk.repo, "show", `${landedRef(made.id)}:${name}`);
    expect(show("verdict.dsse.json")).toBe(Buffer.from(made.envelope).toString());
    expect(JSON.parse(show("order.json"))).toEqual(made.order);
    expect(show("key.pub.pem")).toBe(desk.key.pem);
    const { trace: _, ...record } = landing;
    expect(JSON.parse(show("landing.json"))).toEqual(record);
    expect(git(desk.repo, "show", `${landingBranch(made.id)}:crlf.txt`)).toBe("x\r\nz\r\n");
  });

  test("is recorded in the exchange like every refused attempt and dry run", async () => {
    const made = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    await run(made.id);
    await run(made.id, { confirm: made.sha256.slice(0, 10), dryRun: true });
    await run(made.id, { confirm: made.sha256.slice(0, 10) });
    const { landings } = await integratorExchange(desk.places.exchange);
    const kinds: string[] = [];
    for (const name of await landings.list()) {
      const found = await landings.read(name);
      if (found.kind === "found") kinds.push(`${found.value.result.kind} ${found.value.confirmed} ${found.value.dry_run}`);
    }
    expect(kinds.toSorted()).toEqual(["landed true false", "passed true true", "refused false false"]);
  });

  test("of a dry run writes nothing at all into the repository", async () => {
    const made = await propose(desk);
    const all = (): string[] => readdirSync(join(desk.repo, ".git"), { recursive: true, encoding: "utf8" }).toSorted();
    const before = [all(), refs()];
    expect((await run(made.id, { dryRun: true })).answer).toBe("passed");
    expect([all(), refs()]).toEqual(before);
  });

  test("stays on its base when the branch moved elsewhere", async () => {
    const made = await propose(desk);
    const base = git(desk.repo, "rev-parse", "main").trim();
    writeFiles(desk.repo, { "src/b.txt": "moved\n" });
    git(desk.repo, "commit", "-q", "-a", "-m", "second");
    expect((await run(made.id)).answer).toBe("landed");
    expect(git(desk.repo, "rev-parse", `${landingBranch(made.id)}^`).trim()).toBe(base);
  });

  test("works in a shallow clone and in a bare repository", async () => {
    writeFiles(desk.repo, { "src/b.txt": "moved\n" });
    git(desk.repo, "commit", "-q", "-a", "-m", "second");
    for (const kind of ["--depth=1", "--bare"]) {
      const other = join(desk.places.root, "..", `clone${kind}-${sha256(desk.repo).slice(0, 8)}`);
      git(desk.repo, "clone", "-q", kind, `file://${desk.repo}`, other);
      writeFileSync(desk.places.repository, JSON.stringify({ version: 1, path: other, git_dir: kind === "--bare" ? other : join(other, ".git") }));
      const made = await propose(desk);
      expect((await run(made.id)).answer).toBe("landed");
      expect(git(other, "show", `${landingBranch(made.id)}:src/a.txt`)).toBe("one\nTWO\nthree\n");
      git(other, "fsck", "--full");
      const { removeScratch } = await import("../../support/scratch.ts");
      removeScratch(other);
    }
  });
});

describe("a hostile repository", () => {
  test("runs nothing: hooks, filters, fsmonitor, pagers, credential helpers, aliases, lazy fetches", async () => {
    const canary = join(desk.places.root, "canary");
    const shell = `touch ${canary}; false`;
    const settings = {
      "core.fsmonitor": shell,
      "core.pager": shell,
      "core.editor": shell,
      "core.sshCommand": shell,
      "core.hooksPath": join(desk.repo, "hooks"),
      "core.alternateRefsCommand": shell,
      "filter.evil.clean": shell,
      "filter.evil.smudge": shell,
      "filter.evil.process": shell,
      "filter.evil.required": "true",
      "diff.external": shell,
      "diff.evil.textconv": shell,
      "merge.evil.driver": shell,
      "credential.helper": `!${shell}`,
      "gpg.program": join(desk.repo, "hooks", "gpg"),
      "commit.gpgSign": "true",
      "apply.whitespace": "fix",
      "core.autocrlf": "true",
      "alias.commit-tree": `!${shell}`,
      "remote.origin.url": `ext::sh -c "${shell}"`,
      "remote.origin.promisor": "true",
      "protocol.ext.allow": "always",
    };
    writeFiles(desk.repo, { ".git/info/attributes": "* filter=evil diff=evil merge=evil text\n", "dirty.txt": "x\n" });
    git(desk.repo, "config", "extensions.partialClone", "origin");
    for (const [key, value] of Object.entries(settings)) git(desk.repo, "config", key, value);
    for (const folder of ["hooks", ".git/hooks"]) {
      for (const hook of ["reference-transaction", "post-commit", "pre-commit", "post-checkout", "post-index-change", "gpg", "pre-auto-gc"]) {
        writeFiles(desk.repo, { [`${folder}/${hook}`]: `#!/bin/sh\ntouch ${canary}\n` });
        const { chmodSync } = await import("node:fs");
        chmodSync(join(desk.repo, folder, hook), 0o755);
      }
    }
    const made = await proposeFromClean(desk);
    expect((await run(made.id)).answer).toBe("landed");
    expect(existsSync(canary)).toBe(false);
    // The canary lives: the person's own git would have run all this.
    git(desk.repo, "update-ref", "refs/heads/probe", "main");
    expect(existsSync(canary)).toBe(true);
  });

  /** The fixture works with a clone, which must not run the hostile settings either. */
  async function proposeFromClean(hostile: Desk): Promise<Proposed> {
    const config = join(hostile.repo, ".git", "config");
    const evil = readFileSync(config, "utf8");
    writeFileSync(config, "[core]\n\trepositoryformatversion = 0\n\thooksPath = /dev/null\n");
    const made = await propose(hostile, { edit: { "src/a.txt": "one\nTWO  \nthree\n" } });
    writeFileSync(config, evil);
    return made;
  }
});
