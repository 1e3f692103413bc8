// Identifiers that name files and refs: nothing with a path, an option or a second spelling in it.
import { describe, expect, test } from "vitest";
import {
  gitOidSchema,
  landedRef,
  landingBranch,
  patchIdSchema,
  refNameSchema,
} from "../../../src/core/base/ids.ts";

const ID = "0f8fad5b-d9cb-469f-a165-70867728950e";

describe("patch id", () => {
  test.each([
    ID.toUpperCase(),
    "0f8fad5b-d9cb-769f-a165-70867728950e",
    "0f8fad5b-d9cb-469f-c165-70867728950e",
    `${ID}\n`,
    `../${ID}`,
    ID.replaceAll("-", ""),
    "",
  ])("refuses %j", (text) => {
    expect(patchIdSchema.safeParse(text).success).toBe(false);
  });

  test("names the landing's refs", () => {
    const id = patchIdSchema.parse(ID);
    expect(landingBranch(id)).toBe("refs/heads/countersign/patch-0f8fad5b");
    expect(landedRef(id)).toBe(`refs/countersign/landed/${ID}`);
  });
});

describe("git object id", () => {
  test.each(["a".repeat(39), "a".repeat(41), "A".repeat(40), "a".repeat(65), `${"a".repeat(40)}\n`, "HEAD"])(
    "refuses %j",
    (text) => {
      expect(gitOidSchema.safeParse(text).success).toBe(false);
    },
  );

  test.each(["a".repeat(40), "0".repeat(64)])("takes %s", (text) => {
    expect(gitOidSchema.parse(text)).toBe(text);
  });
});

describe("branch", () => {
  test.each([
    "main",
    "refs/tags/v1",
    "refs/heads/",
    "refs/heads//a",
    "refs/heads/a//b",
    "refs/heads/a/",
    "refs/heads/-a",
    "refs/heads/.a",
    "refs/heads/a/.b",
    "refs/heads/a.",
    "refs/heads/a..b",
    "refs/heads/a\u2028..b",
    "refs/heads/a@{1}",
    "refs/heads/a.lock",
    "refs/heads/a.lock/b",
    "refs/heads/a b",
    "refs/heads/a\nb",
    "refs/heads/a~1",
    "refs/heads/a^",
    "refs/heads/a:b",
    "refs/heads/a?",
    "refs/heads/a*",
    "refs/heads/a[",
    "refs/heads/a\\b",
    "refs/heads/a\x7f",
    `refs/heads/${"a".repeat(250)}`,
  ])("refuses %j", (text) => {
    expect(refNameSchema.safeParse(text).success).toBe(false);
  });

  test.each([
    "refs/heads/main",
    "refs/heads/feature/a-b_c.d",
    "refs/heads/ünïcode",
    "refs/heads/a@b",
    "refs/heads/a.locked",
  ])("takes %s", (text) => {
    expect(refNameSchema.parse(text)).toBe(text);
  });
});
