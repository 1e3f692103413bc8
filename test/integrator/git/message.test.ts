// Commit messages of landed patches: what an agent wrote can be no trailer, no command of a forge and no trick on a terminal.
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import {
  agentIdentity,
  commitMessage,
  identityText,
  readTrailers,
} from "../../../src/integrator/git/message.ts";
import { patchId } from "../../support/proposals.ts";

const trailers = { patch: patchId(1), statement: sha256("s"), key: "SHA256:abc" };
const message = (title: string, rationale: string): string =>
  commitMessage({ title, rationale }, "APPROVED", trailers);

/** Trailers as git itself sees them. */
const seenByGit = (text: string): string =>
  execFileSync("git", ["interpret-trailers", "--parse"], { input: text, encoding: "utf8" });

describe("the agent's words", () => {
  test.each([
    ["a trailer line", "ok\n\nSigned-off-by: Linus <l@example.invalid>"],
    ["our trailer", "ok\n\nCountersign-Key: SHA256:evil"],
    ["our trailer as the last paragraph", "ok\nCountersign-Statement: sha256:0\n\n"],
    ["co-author", "Co-authored-by: CEO <ceo@example.invalid>"],
    ["a divider", "---\nCountersign-Key: SHA256:evil"],
    ["carriage returns", "x\r\nCountersign-Key: SHA256:evil\r\n\r\nCountersign-Key: y"],
    ["line separators", "x\u2028Countersign-Key: evil\u0085Countersign-Key: evil"],
  ])("cannot forge trailers: %s", (_what, rationale) => {
    for (const text of [message("Title", rationale), message(rationale, "reason")]) {
      expect(seenByGit(text)).toBe(
        `Countersign-Patch-Id: ${patchId(1)}\nCountersign-Statement: sha256:${sha256("s")}\nCountersign-Key: SHA256:abc\n`,
      );
      expect(readTrailers(text)).toEqual({
        patch: patchId(1),
        statement: `sha256:${sha256("s")}`,
        key: "SHA256:abc",
      });
    }
  });

  test.each([
    "[skip ci]",
    "[ci skip]",
    "[no ci]",
    "[skip actions]",
    "[Actions Skip]",
    "***NO_CI***",
    "skip-checks: true",
    "[skip azurepipelines]",
    "[SKIP CI]",
  ])("cannot switch checks off: %s", (word) => {
    for (const text of [message(word, "reason"), message("Title", `because ${word}`)])
      expect(text).not.toContain(word);
  });

  test.each(["\u001b[2Jwiped", "\u202eright to left", "zero\u200bwidth", "bell\u0007"])(
    "cannot repaint a terminal: %j",
    (text) => {
      expect(message(text, text)).not.toMatch(/[\p{Cf}]|(?!\n)\p{Cc}/u);
    },
  );

  test.each([
    ["--- a/x", "a/x"],
    ["# comment", "comment"],
    ["fixup! first", "fixup: first"],
    ["Squash! x", "Squash: x"],
    [" -- ", "Proposed change"],
  ])("cannot be a title that git obeys: %s", (title, subject) => {
    expect(message(title, "reason").split("\n")[0]).toBe(subject);
  });

  test("stay readable: short lines, ordinary text as it is, long text whole", () => {
    const text = message("Fix the total", `It ignored [optional] discounts. ${"word ".repeat(300)}end`);
    expect(text).toContain("> It ignored [optional] discounts.");
    expect(text).toContain("end");
    expect(text.split("\n").every((line) => line.length <= 110)).toBe(true);
    expect(text.startsWith("Fix the total\n\n> ")).toBe(true);
  });

  test("a title of nothing visible still makes a subject", () => {
    expect(message(" \n ", "reason").split("\n")[0]).toBe("Proposed change");
  });
});

describe("reading trailers", () => {
  const good = message("Title", "reason");
  test.each([
    ["none", "Title\n\nbody\n"],
    ["one missing", good.replace(/Countersign-Key.*\n/, "")],
    ["one twice", `${good}Countersign-Key: SHA256:abc\n`],
    ["a stranger among them", `${good}Signed-off-by: x\n`],
    ["a paragraph behind", `${good}\nmore\n`],
    ["an empty value", good.replace("SHA256:abc", "")],
  ])("%s: there are none", (_what, text) => {
    expect(readTrailers(text)).toBeUndefined();
  });
});

describe("identities", () => {
  test.each([
    ["local:stdio", { name: "local:stdio", email: "local-stdio@agent.countersign.invalid" }],
    [
      "a> <evil@example.com",
      { name: "a evil@example.com", email: "a-evil-example-com@agent.countersign.invalid" },
    ],
    ["<>", { name: "agent", email: "agent@agent.countersign.invalid" }],
  ])("the agent %s is an author who can get no mail", (principal, identity) => {
    expect(agentIdentity(principal)).toEqual(identity);
  });

  test.each([
    ["Ada Lovelace", "Ada Lovelace"],
    ["", undefined],
    [undefined, undefined],
    ["<>", undefined],
    ["...", undefined],
    ["a\nb", "a\\u{a}b"],
  ])("%j becomes %j", (text, clean) => {
    expect(identityText(text)).toBe(clean);
  });
});
