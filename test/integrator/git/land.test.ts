// What a landing leaves in the repository and what it does not touch, also in a repository that is hostile.
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { landingBranch, landedRef, type PatchId } from "../../../src/core/base/ids.ts";
import { integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { attempt } from "../../support/attempt.ts";
import { git, removeScratch, writeFiles } from "../../support/scratch.ts";
import { snapshotOf } from "../../support/snapshot.ts";
import { type Desk, openDesk, propose, type Proposed } from "../../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const run = (
  id: PatchId,
  options?: Parameters<typeof attempt>[2],
  world?: Parameters<typeof attempt>[3],
): ReturnType<typeof attempt> => attempt(desk, id, options, world);

const refs = (): string => git(desk.repo, "for-each-ref");

describe("a landing", () => {
  test("leaves work tree, index, HEAD, stash and configuration alone, also when they are in use", async () => {
    writeFiles(desk.repo, { "src/b.txt": "half done\n", "new.txt": "untracked\n" });
    git(desk.repo, "stash", "-q");
    writeFiles(desk.repo, { "src/a.txt": "staged\n", "other.txt": "untracked\n" });
    git(desk.repo, "add", "src/a.txt");
    const before = snapshotOf(desk.repo);
    const made = await propose(desk);
    expect((await run(made.id)).answer).toBe("landed");
    expect(snapshotOf(desk.repo)).toEqual(before);
  });

  test("is one commit on the base with exactly the attested tree", async () => {
    const made = await propose(desk);
    const { landing } = await run(
      made.id,
      {},
      { env: { GIT_COMMITTER_NAME: "Ada <evil>\nPerson", GIT_COMMITTER_EMAIL: "ada@example.invalid" } },
    );
    const branch = landingBranch(made.id);
    expect(git(desk.repo, "rev-parse", `${branch}^{tree}`, `${branch}^`).split("\n").slice(0, 2)).toEqual([
      made.tree,
      git(desk.repo, "rev-parse", "main").trim(),
    ]);
    expect(git(desk.repo, "rev-list", "--count", `main..${branch}`).trim()).toBe("1");
    expect(git(desk.repo, "log", "-1", "--format=%an <%ae>|%cn <%ce>", branch).trim()).toBe(
      "local:stdio <local-stdio@agent.countersign.invalid>|Ada evil\\u{a}Person <ada@example.invalid>",
    );
    expect(git(desk.repo, "log", "-1", "--format=%(trailers)", branch)).toContain(
      `Countersign-Patch-Id: ${made.id}`,
    );
    expect(landing.result).toMatchObject({ kind: "landed", branch, tree: made.tree });
  });

  test("puts objects that git finds sound, and verdict, order, key and record under refs/countersign", async () => {
    const made = await propose(desk, {
      edit: { "src/new/deep.txt": "new\n", "src/b.txt": null, "crlf.txt": "x\r\nz\r\n" },
    });
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
    await run(made.id, { confirm: made.sha256.slice(0, 32), dryRun: true });
    await run(made.id, { confirm: made.sha256.slice(0, 32) });
    const { landings } = await integratorExchange(desk.places.exchange);
    const kinds: string[] = [];
    for (const name of await landings.list()) {
      const found = await landings.read(name);
      if (found.kind === "found")
        kinds.push(`${found.value.result.kind} ${found.value.confirmed} ${found.value.dry_run}`);
    }
    expect(kinds.toSorted()).toEqual(["landed true false", "passed true true", "refused false false"]);
  });

  test("of a dry run writes nothing at all into the repository", async () => {
    const made = await propose(desk);
    const all = (): string[] =>
      readdirSync(join(desk.repo, ".git"), { recursive: true, encoding: "utf8" }).toSorted();
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
      writeFileSync(
        desk.places.repository,
        JSON.stringify({ version: 1, path: other, git_dir: kind === "--bare" ? other : join(other, ".git") }),
      );
      const made = await propose(desk);
      expect((await run(made.id)).answer).toBe("landed");
      expect(git(other, "show", `${landingBranch(made.id)}:src/a.txt`)).toBe("one\nTWO\nthree\n");
      git(other, "fsck", "--full");
      const log = join(kind === "--bare" ? other : join(other, ".git"), "logs", landingBranch(made.id));
      expect(existsSync(log)).toBe(kind !== "--bare");
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
    writeFiles(desk.repo, {
      ".git/info/attributes": "* filter=evil diff=evil merge=evil text\n",
      "dirty.txt": "x\n",
    });
    git(desk.repo, "config", "extensions.partialClone", "origin");
    for (const [key, value] of Object.entries(settings)) git(desk.repo, "config", key, value);
    for (const folder of ["hooks", ".git/hooks"]) {
      for (const hook of [
        "reference-transaction",
        "post-commit",
        "pre-commit",
        "post-checkout",
        "post-index-change",
        "gpg",
        "pre-auto-gc",
      ]) {
        writeFiles(desk.repo, { [`${folder}/${hook}`]: `#!/bin/sh\ntouch ${canary}\n` });
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
