// Secrets are put together here at run time: nothing in this file looks like one.
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { mintToken, TOKEN_BYTES } from "../../../src/core/identity/token.ts";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { loadRules } from "../../../src/io/file/rules.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const drawn = (length: number, alphabet = ALPHABET): string =>
  Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join("");
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const base64url = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString("base64url");
/** Random text of which a rule for random text is sure: an unlucky draw must not fail a run. */
const mixed = (pairs: number): string =>
  Array.from({ length: pairs }, () => `${drawn(1, "abcdef")}${drawn(1, "0123456789")}`).join("");

/** The one of Amazon's own documents. */
const EXAMPLE = ["AKIA", "IOSFODNN7", "EXAMPLE"].join("");

const armour = (kind: string, end: string): string => ["-----BEGIN", kind, "PRIVATE", `KEY${end}`].join(" ");
const privateKey = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

const scanner = scannerOf(loadRules(packageRoot()).secrets);
const suspectedSecret = (text: string): string | undefined =>
  scanner.find(text, { path: "a.ts", entropy: true })[0]?.rule;

describe("is suspected", () => {
  test.each<[string, string, () => string]>([
    ["our own token", "countersign-token", () => mintToken(randomBytes(TOKEN_BYTES)).token],
    ["a private key", "private-key", privateKey],
    ["an RSA private key", "private-key", () => `${armour("RSA", "-----")}\n${drawn(64)}`],
    [
      "an encrypted RSA key",
      "private-key",
      () =>
        `${armour("RSA", "-----")}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${drawn(32, "0123456789ABCDEF")}\n\n${drawn(64)}`,
    ],
    ["a private key as a JSON string", "private-key", () => JSON.stringify(privateKey())],
    ["a PGP private key", "private-key", () => `${armour("PGP", " BLOCK-----")}\n\n${drawn(64)}`],
    ["an AWS access key", "aws-access-key", () => `AKIA${drawn(16, UPPER)}`],
    ["a temporary AWS key", "aws-access-key", () => `ASIA${drawn(16, UPPER)}`],
    ["a GitHub token", "github-token", () => `ghp_${drawn(36)}`],
    ["a fine-grained GitHub token", "github-fine-grained", () => `github_pat_${drawn(22)}_${drawn(59)}`],
    ["a GitLab token", "gitlab-token", () => `glpat-${drawn(20)}`],
    ["a Slack token", "slack-token", () => `xoxb-${drawn(12, "0123456789")}-${drawn(24)}`],
    [
      "a Slack webhook",
      "slack-webhook",
      () => `https://hooks.slack.com/services/T${drawn(9)}/B${drawn(9)}/${drawn(24)}`,
    ],
    ["an OpenAI key", "openai-legacy-key", () => `sk-${drawn(48)}`],
    ["an OpenAI project key", "openai-key", () => `sk-proj-${drawn(60)}`],
    ["an Anthropic key", "anthropic-key", () => `sk-ant-api03-${drawn(40)}`],
    ["an npm token", "npm-token", () => `npm_${drawn(36)}`],
    ["a Stripe key", "stripe-key", () => `sk_live_${drawn(24)}`],
    ["a Google key", "google-api-key", () => `AIza${drawn(35)}`],
    ["a JWT", "jwt", () => `${base64url({ alg: "ES256" })}.${base64url({ sub: "me" })}.${drawn(86)}`],
    ["a URL with a password", "url-credentials", () => `postgres://admin:${mixed(5)}@db.internal/main`],
    ["a URL with a token alone", "url-credentials", () => `https://:${mixed(10)}@host/x.git`],
    ["a password", "assigned-secret", () => `password=${mixed(8)}`],
    ["a quoted API key", "assigned-secret", () => `"api_key": "${mixed(16)}"`],
    ["a bearer header", "bearer-header", () => `Authorization: Bearer ${mixed(12)}`],
    ["an assigned token", "assigned-secret", () => `DEPLOY_TOKEN=${mixed(10)}`],
    ["a key behind an example", "aws-access-key", () => `${EXAMPLE} AKIA${drawn(16, UPPER)}`],
    ["a token behind a filled one", "github-token", () => `ghp_${"x".repeat(36)} ghp_${drawn(36)}`],
    ["a secret with names in it", "assigned-secret", () => `token=${mixed(8)}.v1.s3`],
    ["a secret in base64", "assigned-secret", () => `secret: ${mixed(4)}/${mixed(4)}+${mixed(4)}==`],
    ["a password behind digits", "url-credentials", () => `https://u:8080@h ftp://u:${mixed(5)}@h`],
    ["a secret that is as long as a digest", "assigned-secret", () => `client secret = ${mixed(32)}`],
  ])("%s", (_, rule, make) => {
    const secret = make();
    expect(suspectedSecret(secret)).toBe(rule);
    expect(suspectedSecret(`I used ${secret} to test it.`)).toBe(rule);
    expect(suspectedSecret(`\n  - "${secret}",`)).toBe(rule);
  });
});

describe("passes", () => {
  const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
  test.each<[string, () => string]>([
    ["a SHA-256", () => `tested at ${sha("a")}`],
    ["a git object id", () => `on top of ${createHash("sha1").update("a").digest("hex")}`],
    ["a digest behind the word token", () => `the token: ${sha("b")}`],
    ["a UUID", () => `idempotency token=${randomUUID()}`],
    ["an SRI hash", () => `sha512-${createHash("sha512").update("a").digest("base64")}`],
    ["a public key", () => "-----BEGIN PUBLIC KEY-----"],
    ["an SSH host without a password", () => "ssh://git@host.example/x.git"],
    ["a port behind a host", () => "http://localhost:8080/a@b"],
    ["a time in a URL", () => "https://host.example/at/12:30@noon"],
    [
      "a documented placeholder",
      () => "https://user:password@host.example and redis://:${REDIS_PASSWORD}@cache",
    ],
    ["a variable", () => "password = process.env.DATABASE_PASSWORD_V2"],
    ["a rule about passwords", () => "password: must_be_at_least_12_characters_long"],
    ["a call", () => "const token = getTokenFromHeaderV2(request)"],
    [
      "words with a prefix's letters",
      () => "task-list, risk-averse-implementation-of-the-scheduler, ask-ant",
    ],
    ["a name that begins like a key", () => "sk-learn-compatible-estimator-with-many-words-in-it"],
    ["a base64 image's beginning", () => "iVBORw0KGgoAAAANSUhEUgAA"],
    ["sizes of numbers", () => "tokens: uint8/uint16/uint32"],
    ["a digest with its name behind the word token", () => `token=sha256:${sha("c")}`],
    ["a UUID behind the word secret", () => `secret = ${randomUUID()}`],
    ["a key's first line alone", () => `Handle '${armour("RSA", "-----")}' in the parser, see ${sha("d")}`],
    ["the example of a key", () => `${EXAMPLE} in the documents`],
    ["runs of one character", () => `ghp_${"x".repeat(36)} glpat-${"x".repeat(20)} whsec_${"X".repeat(16)}`],
    ["a password that is the user's name", () => "postgres://postgres:postgres@localhost/db"],
    ["a password to be changed", () => "https://user:changeme@host.example"],
    ["a port behind a user", () => "ssh://git:29418@gerrit"],
    ["a name of a model", () => `"tokens": "${["gpt4o", "128k2024"].join("")}"`],
    ["a word and a number, twice", () => `password = "${"Test1234".repeat(2)}"`],
    ["a class of a library", () => "private_key: x25519.X25519PrivateKey"],
    ["a name of many words", () => '"aws": "AWSCleanRoomsFullAccessNoQuerying"'],
    ["a kind of token", () => "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt2"],
    ["what repeats itself", () => `secret: "${"1b".repeat(24)}"`],
    ["a secret's ARN", () => `arn:aws:secretsmanager:us-west-2:123456789012:secret:App1-a1b2c3d4`],
    ["the id of a key", () => `"private_key_id": "${createHash("sha1").update("k").digest("hex")}"`],
    ["an id of a tenant", () => `azure_subscription = "${randomUUID()}"`],
    ["abbreviations with digits", () => "token: i18n.k8s.e2e.l10n.v1beta1"],
    ["the name of a class", () => "credentials: AwsV4Sigv4aS3Ec2Iam"],
    ["prose", () => "The number was written in two places; it now has a name. Token counting is unchanged."],
  ])("%s", (_, make) => {
    expect(suspectedSecret(make())).toBeUndefined();
  });

  test("ten thousand digests, identifiers and commit lines", () => {
    for (let i = 0; i < 10_000; i++) {
      const digest = sha(String(i));
      for (const text of [
        digest,
        digest.slice(0, 40),
        `patch ${digest}: token ${digest.slice(0, 12)}`,
        randomUUID(),
      ])
        expect(suspectedSecret(text), text).toBeUndefined();
    }
  });
});
