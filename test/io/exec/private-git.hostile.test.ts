// The private git folder before a hostile repository: whatever that tries, nothing of it runs and the tree is the same.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { GitOid } from "../../../src/core/base/ids.ts";
import { openBlobs } from "../../../src/io/exec/blob-reader.ts";
import { lsTree } from "../../../src/io/exec/private-git.ts";
import { FILES, openRooms, resultOf, type Rooms } from "../../support/rooms.ts";
import { git } from "../../support/scratch.ts";

let rooms: Rooms;
beforeAll(async () => {
  rooms = await openRooms();
});
afterAll(() => rooms.remove());

describe("a repository that tries to have its way", () => {
  let honest: string;
  let folder: string;
  let canary: string;
  let script: string;

  beforeAll(async () => {
    honest = await resultOf(await rooms.open(rooms.repository()));
  });

  beforeEach(() => {
    folder = rooms.repository();
    canary = join(folder, "CANARY");
    script = join(folder, ".git", "evil.sh");
    writeFileSync(script, `#!/bin/sh\necho ran >> "${canary}"\nexec cat\n`);
    chmodSync(script, 0o755);
  });

  const config = (lines: string): void =>
    writeFileSync(
      join(folder, ".git", "config"),
      `${readFileSync(join(folder, ".git", "config"), "utf8")}${lines}`,
    );
  const attributes = (text: string): void => {
    mkdirSync(join(folder, ".git", "info"), { recursive: true });
    writeFileSync(join(folder, ".git", "info", "attributes"), text);
  };

  const attacks: Readonly<Record<string, () => void>> = {
    "hooks of its own": () => {
      mkdirSync(join(folder, ".git", "hooks"), { recursive: true });
      for (const hook of [
        "applypatch-msg",
        "pre-applypatch",
        "post-index-change",
        "post-checkout",
        "pre-commit",
        "reference-transaction",
        "fsmonitor-watchman",
      ]) {
        writeFileSync(join(folder, ".git", "hooks", hook), readFileSync(script));
        chmodSync(join(folder, ".git", "hooks", hook), 0o755);
      }
    },
    "hooks elsewhere": () => config(`[core]\n\thooksPath = ${join(folder, ".git")}\n`),
    "a file system monitor": () => config(`[core]\n\tfsmonitor = ${script}\n`),
    filters: () => {
      config(
        `[filter "x"]\n\tclean = ${script}\n\tsmudge = ${script}\n\tprocess = ${script}\n\trequired = true\n`,
      );
      attributes("* filter=x\n");
    },
    "text conversion and diff drivers": () => {
      config(
        `[diff "x"]\n\ttextconv = ${script}\n\tcommand = ${script}\n[diff]\n\texternal = ${script}\n[merge "x"]\n\tdriver = ${script}\n`,
      );
      attributes("* diff=x merge=x\n");
    },
    aliases: () =>
      config(
        `[alias]\n${["apply", "read-tree", "write-tree", "ls-tree", "diff-tree", "cat-file", "rev-parse"].map((name) => `\t${name} = !${script}\n`).join("")}`,
      ),
    "white space that is corrected": () => {
      config(
        "[apply]\n\twhitespace = fix\n\tignoreWhitespace = change\n[core]\n\twhitespace = trailing-space,space-before-tab,tab-in-indent\n",
      );
      attributes("* whitespace=trailing-space\n");
    },
    "line ends that are converted": () => {
      config("[core]\n\tautocrlf = true\n\teol = crlf\n");
      attributes("* text eol=crlf working-tree-encoding=UTF-16 ident\n");
    },
    "an include": () => {
      writeFileSync(
        join(folder, ".git", "more"),
        `[core]\n\tfsmonitor = ${script}\n[apply]\n\twhitespace = fix\n`,
      );
      config("[include]\n\tpath = more\n");
    },
    "programs of every kind": () =>
      config(
        `[core]\n\tsshCommand = ${script}\n\tpager = ${script}\n\teditor = ${script}\n\tgitProxy = ${script}\n\talternateRefsCommand = ${script}\n[credential]\n\thelper = !${script}\n[gpg]\n\tprogram = ${script}\n[uploadpack]\n\tpackObjectsHook = ${script}\n`,
      ),
    "a promisor that is asked for missing objects": () =>
      config(
        `[protocol "ext"]\n\tallow = always\n[remote "origin"]\n\turl = ext::${script}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n[extensions]\n\tpartialClone = origin\n`,
      ),
    "a work tree elsewhere": () => config(`[core]\n\tworktree = ${rooms.dir}\n`),
    "replaced objects": () => {
      const evil = git(folder, "hash-object", "-w", "--", script).trim();
      git(folder, "update-ref", `refs/replace/${git(folder, "rev-parse", "HEAD:a.txt").trim()}`, evil);
      const tree = git(folder, "rev-parse", "HEAD^{tree}").trim();
      git(folder, "update-ref", `refs/replace/${tree}`, git(folder, "mktree", "--missing").trim());
    },
    grafts: () => {
      mkdirSync(join(folder, ".git", "info"), { recursive: true });
      writeFileSync(
        join(folder, ".git", "info", "grafts"),
        `${git(folder, "rev-parse", "HEAD").trim()} ${"1".repeat(40)}\n`,
      );
    },
    "an environment": () => {
      process.env["GIT_EXTERNAL_DIFF"] = script;
      process.env["GIT_CONFIG_COUNT"] = "1";
      process.env["GIT_CONFIG_KEY_0"] = "apply.whitespace";
      process.env["GIT_CONFIG_VALUE_0"] = "fix";
    },
  };

  test.each(Object.keys(attacks))("%s: nothing runs, and the tree is the same", async (name) => {
    attacks[name]?.();
    try {
      const opened = await rooms.open(folder);
      expect(await resultOf(opened)).toBe(honest);
      expect((await lsTree(opened.own, opened.tree)).length).toBe(3);
      const blobs = openBlobs(opened.own, 1000);
      const [entry] = await lsTree(opened.own, opened.tree);
      expect(entry === undefined ? "" : (await blobs.blob(entry.oid)).toString()).toBe(FILES["a.txt"]);
      await expect(blobs.blob("2".repeat(40) as GitOid)).rejects.toMatchObject({
        code: "repository_unusable",
      });
      await blobs.close();
      expect(existsSync(canary)).toBe(false);
    } finally {
      for (const key of ["GIT_EXTERNAL_DIFF", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0"])
        delete process.env[key];
    }
  });

  test("the canary is one: ordinary git runs such a filter", () => {
    attacks["filters"]?.();
    rmSync(join(folder, "a.txt"));
    try {
      git(folder, "checkout", "--", "a.txt");
    } catch {
      // The script speaks no filter protocol; that it was started is enough.
    }
    expect(existsSync(canary)).toBe(true);
  });
});
