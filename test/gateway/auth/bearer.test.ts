// bearer_token: what is no proof, whose token it is, and that nothing of it comes back.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { accept, refuse } from "../../../src/core/base/refusal.ts";
import { instant } from "../../../src/core/base/time.ts";
import type { PrincipalEntry } from "../../../src/core/config/schema-doors.ts";
import type { Authenticated } from "../../../src/gateway/auth/authenticate.ts";
import { type AuthenticatorParts, openAuthenticator } from "../../../src/gateway/auth/modes.ts";
import { authConfig, entry, outcome, presented } from "../../support/authenticating.ts";
import { credential, token } from "../../support/credentials.ts";
import { newStore, type OpenStore } from "../../support/open-store.ts";
import { note, NOON } from "../../support/proposals.ts";
import { meddle } from "../../support/stores.ts";

const DAY = 86_400_000;
/** Made by an operator; read together only here. */
const own = ["an operator", "made this token", "of enough characters"].join("-").replaceAll(" ", "~");

let it: OpenStore;
beforeEach(() => {
  it = newStore();
  it.store.issue([credential(1)], note("token.issued"));
});
afterEach(() => {
  it.store.close();
});

function openWith(principals: readonly PrincipalEntry[] = [], more: Partial<AuthenticatorParts> = {}) {
  const config = authConfig("bearer_token", principals);
  return openAuthenticator({ config, store: it.store, clock: () => it.now, ...more });
}

const ask = (
  authorization: readonly string[],
  ...with_: Parameters<typeof openWith>
): Promise<Authenticated> =>
  openWith(...with_).authenticate(presented({ authorization, channel: "network" }));
const bearer = (text: string): readonly string[] => [`Bearer ${text}`];

describe("what is no proof", () => {
  const good = `Bearer ${token(1).token}`;
  test.each([
    ["nothing", [], "auth_missing"],
    ["two headers", [good, good], "auth_malformed"],
    ["two headers, one of them another scheme", [good, "Basic x"], "auth_malformed"],
    ["an empty header", [""], "auth_malformed"],
    ["the scheme alone", ["Bearer"], "auth_malformed"],
    ["the scheme and a space", ["Bearer "], "auth_malformed"],
    ["another scheme", [`Basic ${token(1).token}`], "auth_malformed"],
    ["no scheme", [token(1).token], "auth_malformed"],
    ["two tokens", [`${good} ${token(1).token}`], "auth_malformed"],
    ["two tokens with a comma", [`${good},${token(1).token}`], "auth_malformed"],
    ["a tab", [`Bearer\t${token(1).token}`], "auth_malformed"],
    ["8193 bytes", [`Bearer ${"a".repeat(8186)}`], "auth_malformed"],
    ["8192 bytes of nobody's token", [`Bearer ${"a".repeat(8185)}`], "auth_invalid"],
    ["letters beyond ASCII", ["Bearer é"], "auth_malformed"],
    ["a padded token of nobody", ["Bearer abc="], "auth_invalid"],
    ["padding in the middle", ["Bearer a=bc"], "auth_malformed"],
  ])("%s", async (_, authorization, code) => {
    const said = await ask(authorization);
    expect(outcome(said)).toBe(`401 ${code}`);
    const failed = code === "auth_missing" ? "" : ', error="invalid_token"';
    expect(said).toMatchObject({ challenge: `Bearer realm="countersign"${failed}` });
    // What is said holds nothing of what was sent.
    expect(JSON.stringify(said)).not.toContain(token(1).token.slice(-20));
  });

  test("the challenge says where the issuer is described", async () => {
    const metadataUrl = "https://host/.well-known/oauth-protected-resource/mcp";
    expect(await ask([], [], { metadataUrl })).toMatchObject({
      challenge: `Bearer realm="countersign", resource_metadata="${metadataUrl}"`,
    });
  });
});

describe("an issued token", () => {
  test.each(["Bearer ", "bearer ", "BEARER ", "Bearer    "])(
    "comes in with the scheme %j",
    async (scheme) => {
      const said = await ask([`${scheme}${token(1).token}`]);
      expect(said).toMatchObject({
        ok: true,
        principal: { name: "agent", credential: `token:${token(1).id}` },
      });
      expect(JSON.stringify(said)).not.toContain(token(1).token);
    },
  );

  test.each([
    ["another secret under its id", () => `cst_${token(1).id}_${token(2).token.slice(21)}`],
    ["an id that does not exist", () => token(2).token],
    ["its digest", () => token(1).sha256],
    ["its id alone", () => token(1).id],
    ["half of it", () => token(1).token.slice(0, -1)],
  ])("%s does not", async (_, text) => {
    expect(outcome(await ask(bearer(text())))).toBe("401 auth_invalid");
  });

  test("until it expires", async () => {
    it.now = NOON + DAY - 1;
    expect(outcome(await ask(bearer(token(1).token)))).toBe("agent");
    it.now = NOON + DAY;
    expect(outcome(await ask(bearer(token(1).token)))).toBe("401 auth_expired");
  });

  // Threat: a year's token of an easy posture outlives the switch to a strict one.
  test.each(["bearer", "access"] as const)(
    "until auth.max_token_days are over, counted from where its life began (%s)",
    async (kind) => {
      const config = authConfig("bearer_token");
      const days = (max_token_days: number) => ({
        config: { ...config, auth: { ...config.auth, max_token_days } },
      });
      const life = { kind, created: instant(NOON + 5 * DAY), expires: instant(NOON + 365 * DAY) };
      it.store.issue([credential(2, { ...life, began: instant(NOON) })], note("token.issued"));
      const at = async (now: number, max: number): Promise<string> => {
        it.now = now;
        return outcome(await ask(bearer(token(2).token), [], days(max)));
      };
      expect(await at(NOON + 7 * DAY - 1, 7)).toBe("agent");
      expect(await at(NOON + 7 * DAY, 7)).toBe("401 auth_expired");
      expect(await at(NOON + 7 * DAY, 8)).toBe("agent");
    },
  );

  test("until it is revoked, from the next request on, also after a restart", async () => {
    const authenticator = openWith();
    const again = (): Promise<Authenticated> =>
      authenticator.authenticate(presented({ authorization: bearer(token(1).token) }));
    expect(outcome(await again())).toBe("agent");
    it.store.revoke({ id: token(1).id }, note("token.revoked"));
    expect(outcome(await again())).toBe("401 auth_revoked");
    it.reopen();
    expect(outcome(await ask(bearer(token(1).token)))).toBe("401 auth_revoked");
  });

  test("a refresh token does not; an access token does", async () => {
    it.store.issue(
      [credential(2, { kind: "refresh" }), credential(3, { kind: "access" })],
      note("token.issued"),
    );
    expect(outcome(await ask(bearer(token(2).token)))).toBe("401 auth_invalid");
    expect(outcome(await ask(bearer(token(3).token)))).toBe("agent");
  });

  test("a store that cannot vouch for it lets nobody in: the failure is thrown", async () => {
    it.store.close();
    meddle(it.path, `UPDATE credential SET body = replace(body, '"proposer"', '"admin"')`);
    it.reopen();
    await expect(ask(bearer(token(1).token))).rejects.toMatchObject({ code: "storage", exitCode: 74 });
  });
});

describe("tokens that operators made", () => {
  const byDigest = entry({ name: "digest", subjects: [`token:${sha256(own)}`] });

  test("by digest in subjects", async () => {
    const said = await ask(bearer(own), [entry({ name: "first" }), byDigest]);
    expect(said).toMatchObject({
      principal: { name: "digest", credential: `token-sha256:${sha256(own).slice(0, 16)}` },
    });
  });

  test("by reference, and two of them while one is rotated", async () => {
    const next = own.toUpperCase();
    const tokens = new Map([["agent", [own, next]]]);
    for (const text of [own, next])
      expect(outcome(await ask(bearer(text), [entry()], { tokens }))).toBe("agent");
    expect(outcome(await ask(bearer(`${own}x`), [entry()], { tokens }))).toBe("401 auth_invalid");
  });

  test("the digest itself is no token", async () => {
    expect(outcome(await ask(bearer(sha256(own)), [byDigest]))).toBe("401 auth_invalid");
  });

  test("of 31 characters are a fault of the configuration, which is told without them; of 32 they are none", () => {
    const open = (text: string) => (): unknown =>
      openWith([entry()], { tokens: new Map([["agent", [text]]]) });
    const short = own.slice(0, 31);
    expect(open(short)).toThrow(expect.objectContaining({ code: "config_invalid" }) as Error);
    expect(open(short)).not.toThrow(new RegExp(short));
    expect(open(own.slice(0, 32))).not.toThrow();
  });

  // A digest in subjects does not show what it is the digest of.
  test.each([
    ["one character", "x"],
    ["a word", "changeme"],
    ["31 characters", own.slice(0, 31)],
    ["the same over and over", "ab".repeat(20)],
    ["a placeholder", ["your", "token", "0123456789abcdefghijklmnopqrstuv"].join("-")],
  ])("%s, given by digest, opens nothing", async (_, text) => {
    const weak = entry({ name: "digest", subjects: [`token:${sha256(text)}`] });
    expect(outcome(await ask(bearer(text), [weak]))).toBe("401 auth_invalid");
  });

  test("32 good characters, given by digest, are enough", async () => {
    const text = own.slice(0, 32);
    expect(outcome(await ask(bearer(text), [entry({ subjects: [`token:${sha256(text)}`] })]))).toBe("agent");
  });

  test("of one that has expired", async () => {
    expect(outcome(await ask(bearer(own), [{ ...byDigest, expires: "2020-01-01T00:00:00Z" }]))).toBe(
      "401 auth_expired",
    );
  });
});

describe("JWTs of an issuer", () => {
  const jwt = ["e30", "e30", "c2ln"].join(".");
  const verified = { subject: "agent-7", expires: NOON + DAY, id: sha256("signed") };
  const says = (result: ReturnType<typeof refuse> | ReturnType<typeof accept<typeof verified>>) => ({
    jwt: { verify: () => Promise.resolve(result) },
  });
  const mapped = entry({ name: "robot", subjects: ["oidc:agent-7"] });

  test("stand for the principal of their subject", async () => {
    expect(await ask(bearer(jwt), [mapped], says(accept(verified)))).toMatchObject({
      principal: { name: "robot", credential: `jwt:${sha256("signed").slice(0, 16)}` },
    });
  });

  test("for nobody, when nobody is mapped: known, but not let in", async () => {
    const said = await ask(bearer(jwt), [entry({ subjects: ["mtls:agent-7"] })], says(accept(verified)));
    expect(outcome(said)).toBe("403 principal_unmapped");
    expect(said).not.toHaveProperty("challenge");
  });

  test.each(["auth_invalid", "auth_expired"] as const)(
    "what the verifier refuses (%s) is refused",
    async (code) => {
      expect(outcome(await ask(bearer(jwt), [mapped], says(refuse(code, "no"))))).toBe(`401 ${code}`);
    },
  );

  test("are only characters without an issuer, and other tokens never get to it", async () => {
    expect(outcome(await ask(bearer(jwt), [mapped]))).toBe("401 auth_invalid");
    const verify = { verify: () => expect.unreachable("not a JWT") };
    expect(outcome(await ask(bearer(token(1).token), [], { jwt: verify }))).toBe("agent");
    expect(
      outcome(await ask(bearer(own), [entry({ subjects: [`token:${sha256(own)}`] })], { jwt: verify })),
    ).toBe("agent");
  });

  test("cannot name a principal in its own words: the subject is what the issuer says, whole", async () => {
    const trick = { ...verified, subject: `x", "oidc:agent-7` };
    expect(outcome(await ask(bearer(jwt), [mapped], says(accept(trick))))).toBe("403 principal_unmapped");
  });
});

test("the first entry that a subject stands for holds", async () => {
  const subjects = [`token:${sha256(own)}`];
  const twice = [entry({ name: "one", subjects }), entry({ name: "two", subjects })];
  expect(outcome(await ask(bearer(own), twice))).toBe("one");
});
