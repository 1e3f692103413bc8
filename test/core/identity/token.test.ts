// Tokens have one form, are told by their digest, and never allow more than the configuration and their grant.
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { ScopeWords } from "../../../src/core/identity/scope.ts";
import {
  credentialSchema,
  grantedWords,
  mintToken,
  TOKEN_BYTES,
  tokenId,
} from "../../../src/core/identity/token.ts";
import { credential, grant } from "../../support/credentials.ts";
import { scopeOf } from "../../support/scope.ts";

const bytes = (fill: number): Uint8Array => new Uint8Array(TOKEN_BYTES).fill(fill);

describe("minting", () => {
  test("cst_, 16 hexadecimal characters, 43 of base64url; the digest is that of the whole text", () => {
    const { id, token, sha256: digest } = mintToken(bytes(255));
    expect(id).toBe("f".repeat(16));
    expect(token).toBe(`cst_${"f".repeat(16)}_${"_".repeat(42)}8`);
    expect(digest).toBe(sha256(token));
    expect(tokenId(token)).toBe(id);
  });

  test("every byte counts, and no other number of them will do", () => {
    const tokens = Array.from({ length: TOKEN_BYTES }, (_, at) => {
      const random = bytes(0);
      random[at] = 1;
      return mintToken(random).token;
    });
    expect(new Set([...tokens, mintToken(bytes(0)).token]).size).toBe(TOKEN_BYTES + 1);
    expect(() => mintToken(new Uint8Array(39))).toThrow(RangeError);
    expect(() => mintToken(new Uint8Array(41))).toThrow(RangeError);
  });
});

test.each([
  ["nothing", () => ""],
  ["another prefix", (text: string) => text.replace("cst_", "xst_")],
  ["upper-case hexadecimal", (text: string) => text.replace(/_a{16}_/, `_${"A".repeat(16)}_`)],
  ["a character too few", (text: string) => text.slice(0, -1)],
  ["a character too many", (text: string) => `${text}A`],
  ["a line feed behind it", (text: string) => `${text}\n`],
  ["a space before it", (text: string) => ` ${text}`],
  ["a character of another alphabet", (text: string) => `${text.slice(0, -1)}+`],
])("%s is no token of ours", (_, change) => {
  const { token } = mintToken(bytes(0xaa));
  expect(tokenId(token)).toBe("a".repeat(16));
  expect(tokenId(change(token))).toBeUndefined();
});

describe("what is kept", () => {
  test.each([
    ["an unknown key", { secret: "x" }],
    ["another kind", { kind: "session" }],
    ["a principal of ours", { principal: "local:stdio" }],
    ["no digest", { sha256: "x" }],
    ["no roles", { grant: { ...grant, roles: [] } }],
    ["an unknown role", { grant: { ...grant, roles: ["approver"] } }],
    ["an unknown tool", { grant: { ...grant, tools: ["merge"] } }],
    ["a broken glob", { grant: { ...grant, paths: ["{"] } }],
    ["no globs, which would be every file or none", { grant: { ...grant, paths: [] } }],
    ["no calls a minute", { grant: { ...grant, per_minute: 0 } }],
  ])("%s: refused", (_, changes) => {
    expect(credentialSchema.safeParse(credential(1)).success).toBe(true);
    expect(credentialSchema.safeParse({ ...credential(1), ...changes }).success).toBe(false);
  });
});

describe("what a grant allows", () => {
  const whole: ScopeWords = scopeOf({ paths: [["src/**"]] });
  const words = (changes: object): ScopeWords => grantedWords(whole, { ...grant, ...changes });

  test("null restricts nothing beyond the roles", () => {
    expect(words({ roles: ["reader"] })).toEqual({
      roles: ["reader"],
      tools: ["read-manifest", "read-file", "search-files"],
      paths: [["src/**"]],
      lane: "asserted",
      limits: whole.limits,
      budget: whole.budget,
    });
  });

  test("an empty list of tools is none at all", () => {
    expect(words({ tools: [] }).tools).toEqual([]);
  });

  test("a tool that no role has is not given by naming it", () => {
    expect(words({ roles: ["reader"], tools: ["read-file", "propose-patch"] }).tools).toEqual(["read-file"]);
  });

  test("paths hold both restrictions at once", () => {
    expect(words({ paths: ["**/*.ts"] }).paths).toEqual([["src/**"], ["**/*.ts"]]);
  });

  test("the smaller limit and the narrower lane hold", () => {
    const narrow = words({ lane: "verified", per_minute: 3, per_hour: 99_999, max_pending: 1 });
    expect(narrow).toMatchObject({
      lane: "verified",
      limits: { perMinute: 3, perHour: whole.limits.perHour, maxPending: 1 },
    });
    expect(grantedWords({ ...whole, lane: "verified" }, grant).lane).toBe("verified");
  });
});
