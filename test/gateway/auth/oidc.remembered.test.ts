// Remembered tokens: a signature that was checked once is believed no longer than the token and its keys are.
import { describe, expect, test, vi } from "vitest";
import { openJwtVerifier } from "../../../src/gateway/auth/oidc.ts";
import { bytes, claims, es256, jwk, keys, NOW, openWith, outcome, SET, settings } from "../../support/jwt.ts";

describe("remembered tokens", () => {
  test("end with exp, and with the keys that they were verified with", async () => {
    let now = NOW;
    let content = { ok: true as const, bytes: bytes(SET) };
    const verifier = openJwtVerifier(settings({ clock_skew_seconds: 0 }), {
      clock: () => now,
      readKeys: () => content,
    });
    const token = es256(claims());
    expect(await outcome(token, verifier)).toBe("agent-7");
    content = { ok: true, bytes: bytes([jwk(keys.rs, "rs")]) };
    expect(await outcome(token, verifier)).toBe("auth_invalid");
    content = { ok: true, bytes: bytes(SET) };
    expect(await outcome(token, verifier)).toBe("agent-7");
    now += 600_000;
    expect(await outcome(token, verifier)).toBe("auth_expired");
  });

  test("are gone while the keys cannot be read", async () => {
    let readable = true;
    const verifier = openJwtVerifier(settings(), {
      clock: () => NOW,
      readKeys: () => (readable ? content : { ok: false, why: "is missing" }),
    });
    const content = { ok: true as const, bytes: bytes(SET) };
    const token = es256(claims());
    expect(await outcome(token, verifier)).toBe("agent-7");
    readable = false;
    expect(await outcome(token, verifier)).toBe("auth_invalid");
  });

  test("cost no signature, and are not more than a thousand", async () => {
    const verifier = openWith();
    const token = es256(claims());
    await verifier.verify(token);
    const checked = vi.spyOn(crypto.subtle, "verify");
    for (let n = 0; n < 2000; n++) await verifier.verify(token);
    expect(checked).not.toHaveBeenCalled();
    const first = await verifier.verify(token);
    for (let n = 0; n < 1024; n++) await verifier.verify(es256(claims({ n })));
    const later = await verifier.verify(token);
    expect(first.ok && later.ok && first.value !== later.value).toBe(true);
    // One for each of the others, and one for the token that they drove out.
    expect(checked).toHaveBeenCalledTimes(1025);
    checked.mockRestore();
  });
});
