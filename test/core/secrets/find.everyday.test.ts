// Secrets where people write them every day: short names, lists, branches, commands, sentences; and what only looks so.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { shippedRules } from "../../support/served.ts";
import { pieced } from "../../support/pieced.ts";

const scanner = scannerOf(shippedRules().secrets);
/** Random text of which a rule for random text is sure: an unlucky draw must not fail a run. */
const mixed = (pairs: number): string =>
  Array.from(randomBytes(pairs), (byte) => `${"hXqLpVtZkW"[byte % 10]}${(byte >> 4) % 10}`).join("");
const R = mixed(13);
const find = (text: string) => scanner.find(text, { path: "a", entropy: true });
const hidden = (text: string): string =>
  find(text)
    .map(({ start, end }) => text.slice(start, end))
    .join(" ");

describe("a name", () => {
  test.each(
    `DB_PASS=@|SMTP_PASS: @|mail.pass=@|[db]\npass = @|mypass = "@"|DB_PW = "@"|pw: @|dbPw = "@"|AUTH_KEY = "@"|LICENSE_KEY=@|creds = ("app", "@")|psk="@"|passwort = "@"`.split(
      "|",
    ),
  )("%s", (form) => {
    expect(hidden(form.replace("@", R))).toContain(R);
  });
});

describe("a way to assign", () => {
  test.each<[string, string]>([
    ["a branch", 'const password = dev ? "@" : process.env.PW;'],
    ["the other branch", 'const password = dev ? read() : "@";'],
    ["a cast", 'const c = { password: <string>"@" };'],
    ["an anchor", "password: &pw @"],
    ["a value of its own", "password:\n  value: @"],
    ["Lua", "local password = [[@]]"],
    ["Rust", 'let password = r#"@"#;'],
    ["a raw template", "const password = String.raw`@`;"],
    ["a tagged template", "const password = dedent`@`;"],
    ["a template with nothing in it", 'const password = `${""}@`;'],
    ["fish", "set -gx API_TOKEN @"],
    ["PowerShell", '$pw = ConvertTo-SecureString "@" -AsPlainText'],
    [".NET", 'new NetworkCredential("app", "@")'],
    ["a login", 'server.login("bot", "@")'],
    ["SQL", "CREATE USER app IDENTIFIED BY '@';"],
    ["a sentence", "The staging password is `@`."],
    ["a sentence without quotes", "Log in as admin with the password @."],
  ])("of %s", (_, form) => {
    expect(hidden(form.replace("@", () => R))).toContain(R);
  });
});

describe("a command", () => {
  test.each([
    "docker login -u bot -p @ reg.internal",
    "az login --service-principal -u x -p @ --tenant t",
    "mongosh -u app -p @ db",
    "redis-cli -h db -p 6379 -a @ ping",
    "sshpass -p @ ssh h",
    "mysql -u root -p@ app",
    "openssl enc -aes-256-cbc -pass pass:@ -in a",
    "git clone https://@@@@git.internal/x.git".replace("@@@@", "@\u0040"),
    'var dsn = "app:@\u0040tcp(db:3306)/app"',
    "machine h login bot password @",
    "db.internal:5432:app:app:@",
  ])("%s", (form) => {
    expect(hidden(form.replace("@", R))).toContain(R);
  });
});

test("every value of a list is hidden, not only the first one", () => {
  const [one, other] = [mixed(13), mixed(13)];
  for (const text of [`{"api_keys": ["${one}", "${other}"]}`, `api_keys:\n  - ${one}\n  - ${other}\n`])
    expect(hidden(text)).toBe(`${one} ${other}`);
});

test("two pieces with the plus in front of the second one are one value", () => {
  const [one, other] = [mixed(6), mixed(7)];
  expect(hidden(`String password = "${one}"\n      + "${other}";`)).toContain(`${one}"`);
  expect(hidden(`API_KEY = ("${one}"\n    "${other}")`)).toContain(other);
});

describe("a name that is chosen to look harmless", () => {
  const hex = (bytes: number): string => randomBytes(bytes).toString("hex");
  test.each<[string, string]>([
    ["API_TOKEN_CHANNEL", R],
    ["api_key_space", R],
    ["auth_token_user_id", R],
    ["accessTokenBase_id", R],
    ["next_token", R],
    ["api_token_name", R],
    ["SIGNING_KEY_REV", `4f${hex(31)}a1b2`.slice(0, 64)],
    ["deploy_token_hash", pieced(["3f786850e387550fdab8", "36ed7e6dc881de23001b3f786850e387550f"])],
    ["API_KEY_VERSION", pieced(["9b74c9897bac", "770ffc029102a200c5de"])],
  ])("%s keeps no secret", (name, value) => {
    expect(find(`${name} = "${value}"`)).not.toEqual([]);
  });
});

test.each<[string, string]>([
  ["a number", `API_TOKEN_CHANNEL = "${"1122334455".repeat(2)}"`],
  ["an address on a chain", `TOKEN_ADDRESS = "0x${"dAC17F958D2ee523a220".repeat(2)}"`],
  ["a token by its address", `token = "0x${"dAC17F958D2ee523a220".repeat(2)}"`],
  ["words for a token", ["xox", "b-your-token-here"].join("")],
  ["a class of CSS", '"_passwordInput_1x9k2_17"'],
  [
    "the first token of a site that explains them",
    [
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
      "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ",
      "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    ].join("."),
  ],
  [
    "the key in manuals of AWS",
    `aws_secret_access_key = ${["wJalrXUtnFEMI", "K7MDENG", "bPxRfiCYEXAMPLEKEY"].join("/")}`,
  ],
])("%s is no secret", (_, text) => {
  expect(find(text)).toEqual([]);
});

test.each<[string, string]>([
  [
    "a key that a site shows",
    `{ apiKey: "${["AI", "zaSyDOCAbC123dEf456GhI789jKl01-MnOpQrS"].join("")}", authDomain: "x.firebaseapp.com" }`,
  ],
  ["a public token of Mapbox", `accessToken = "${["pk", `eyJ${mixed(22)}`, mixed(11)].join(".")}"`],
  ["a hash on a chain, as long as a key", `secretHash = "0x${"9fc76417374aa880".repeat(4)}"`],
  [
    "a digest of a file that keeps secrets",
    `"src/credentials.ts": "${pieced(["3f786850e387550fdab8", "36ed7e6dc881de23001b"])}"`,
  ],
  ["a digest of a password", `password: $2b$12$${mixed(26)}`],
  ["words that somebody put together", pieced(["password: Correct7", "Horse9Battery2Staple"])],
  ["a sealed value", `encryptedData:\n    password: AgB${mixed(40)}`],
])("a person is asked for %s", (_, text) => {
  expect(find(text)).toMatchObject([{ likely: true }]);
});
