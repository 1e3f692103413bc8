// Names: what stands behind a word for secrets talks nothing away that was drawn, and what a form says by itself still passes.
import { describe, expect, test } from "vitest";
import { harmlessBy } from "../../../src/core/secrets/names.ts";
import { pieced } from "../../support/pieced.ts";

/** Put together, so that no scanner takes this file for a leak. */
const DRAWN = pieced(["hX7q2Lp9Vt4Z", "k8Wm3Rb6NyQd5Fg2Jc9T"]);
const LONG = `${DRAWN}Ym4Kp8Hs6Wb`;
const [HEX32, HEX40, HEX64] = [32, 40, 64].map((length) => "9fc76417374aa880".repeat(4).slice(0, length)) as [
  string,
  string,
  string,
];

describe("sure for all its name says", () => {
  test.each([
    ["api_secret_contract", DRAWN],
    ["db_password_address", LONG],
    ["private_key_id", HEX64],
    ["private_key_id", HEX32],
    ["encryption_key_version", DRAWN.slice(0, 22)],
    ["master_key_rev", DRAWN],
    ["session_key_checksum", LONG],
    ["jwt_key_sum", LONG],
    ["webhook_key_hash", DRAWN],
    ["token_version", DRAWN],
    ["passcode_version", DRAWN.slice(0, 22)],
    ["twilio_auth_token_hash", HEX32],
    ["datadog_api_key_version", HEX32],
    ["password_version", HEX40],
    ["api_token_channel_id", HEX32],
    ["password_board", DRAWN],
    ["secret_channel", DRAWN],
    ["api_key", HEX64],
    ["cli_sha256", "no digest"],
  ])("%s", (name, value) => expect(harmlessBy({ name }, value)).toBeUndefined());
});

describe("a person decides", () => {
  test.each([
    ["API_TOKEN_MINT", DRAWN],
    ["solana_mint", DRAWN],
    ["db-password.txt", HEX32],
    ["signing-key.json", HEX64],
    ["src/secrets.ts", HEX40],
    ["eth_private_key_hash", `0x${HEX64}`],
    ["api_key_sha256", HEX64],
    ["sentry_release_etag", DRAWN],
    ["datadog_org_id", HEX32],
  ])("%s", (name, value) => expect(harmlessBy({ name }, value)).toBe("likely"));
});

describe("nothing of a secret", () => {
  test.each([
    ["SENTRY_CLI_SHA256", HEX64],
    ["src/server.ts", HEX40],
    ["discord_channel_id", "1122334455"],
    ["secretArn", "arn:aws:secretsmanager:eu-west-1:1122334455:secret:db"],
    ["private_key_id", HEX40],
    ["TOKEN_ADDRESS", `0x${HEX40}`],
    ["publicKeyToken", HEX32.slice(0, 16)],
    ["api_token_count", "a hundred"],
  ])("%s", (name, value) => expect(harmlessBy({ name }, value)).toBe("none"));
});
