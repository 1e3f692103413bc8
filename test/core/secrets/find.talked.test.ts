// Nothing beside a drawn value talks it away: no hole of a template, no sign before it, no point in it, no length of its list.
import { describe, expect, test } from "vitest";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { shippedRules } from "../../support/served.ts";
import { pieced } from "../../support/pieced.ts";

const scanner = scannerOf(shippedRules().secrets);
/** Put together here, so that no scanner of this repository finds a key in it. */
const R = pieced(["hX7q2Lp9Vt4Z", "k8Wm3Rb6Ny1Cd5"]);
const hits = (text: string, path: string) =>
  scanner.find(
    text.replace("@@", () => R),
    { path, entropy: true },
  );
const isSure = (text: string, path: string): boolean =>
  hits(text, path).some(({ likely }) => likely !== true);

describe("a value beside a placeholder is sure", () => {
  test.each<[string, string]>([
    ["a.yaml", "password: '$@@'"],
    ["a.yaml", "password: '${@@'"],
    ["a.yaml", 'password: "@@{{"'],
    ["a.yaml", 'password: "@@<a-b>"'],
    ["a.yaml", 'password: "<@@>"'],
    ["a.yaml", 'password: "${DB_PASSWORD:-@@}"'],
    [".env", "DB_PASSWORD=$@@"],
    ["a.yaml", pieced(["aws_secret_access_key: $wJalrXUtnFEMI", "/K7MDENG/bPxRfiCYzQ9T4LmKpA"])],
    ["a.json", '{"password": "%@@"}'],
    ["a.ts", "const password = `@@${e}`;"],
    ["a.ts", "const password = `${e}@@`;"],
    ["a.ts", 'const password = "@@{{x}}".slice(0, 26);'],
    ["a.py", 'password = "@@<ab>"[:26]'],
    ["a.sh", 'export API_TOKEN="@@${SUFFIX}"'],
    ["a.sh", "curl -u 'admin:$@@' https://x.internal"],
    ["a.ts", "const u = `postgres://app:@@${e}\u0040db.internal/x`;"],
    ...["$", "(", "{", "[", "%24", "%C3%BC"].map((sign): [string, string] => [
      "a.yaml",
      `db: postgres://app:${sign}@@\u0040db.internal/x`,
    ]),
    ["a.go", 'var d = "app:$@@\u0040tcp(db:3306)/x"'],
    ["a.yaml", pieced(["password: my-hX7q2Lp9", "Vt4Zk8W"])],
    ["a.yaml", pieced(["password: hX7q2", "...Lp9Vt4Z"])],
    ["a.yaml", pieced(["password: hX7q2Lp9Vt", "4Zk8Wxxxxxxxx"])],
  ])("%s: %s", (path, text) => expect(isSure(text, path)).toBe(true));
});

describe("a place in which something was drawn is sure", () => {
  test.each(["./", "../a/", "arn:aws:", "projects/", "urn:", "sha256-", "eu-west-1:123456789012:"])(
    "%s",
    (sign) => expect(isSure(`password = "${sign}@@"`, "a.py")).toBe(true),
  );

  test.each([
    "./auth-D1CeV_Jr.cjs",
    "projects/my-project-1/secrets/db-password/versions/2",
    "arn:aws:secretsmanager:us-west-2:123456789012:secret:App1-a1b2c3d4",
    "urn:ietf:params:oauth:token-type:jwt2",
  ])("%s is a place", (place) => expect(hits(`secret = "${place}"`, "a.py")).toEqual([]));
});

describe("a placeholder without a value is none", () => {
  test.each<[string, string]>([
    ["a.yaml", "password: $DB_PASSWORD_FILE"],
    ["a.yaml", "password: '${DB_PASSWORD:-changeme}'"],
    ["a.yaml", 'password: "{{ .Values.password }}"'],
    ["a.yaml", 'password: "<your-password-here>"'],
    ["a.bat", "set PASSWORD=%DATABASE_PASSWORD%"],
    ["a.ts", "const token = `${prefix}${settings.tokenOfService}`;"],
    ["a.ts", "const u = `postgres://app:${encodeURIComponent(password)}\u0040db/x`;"],
    ["a.sh", "psql postgres://app:$PGPASSWORD\u0040db/x"],
    ["a.md", "postgres://app:(password)\u0040db/x"],
  ])("%s: %s", (path, text) => expect(hits(text, path)).toEqual([]));
});

describe("without quotes", () => {
  const dotted = pieced(["hX7q2Lp9Vt4Zk8", ".Wm3Rb6Ny1Cd5"]);
  test.each([
    ["a.yaml", `password: ${dotted}`],
    ["a.properties", `api.token=${pieced(["hX7q2Lp9Vt4Z.k8W", "m3Rb6Ny1C.d5Qw8Er"])}`],
    ["", `password: ${dotted}`],
    ["a.ts", `// password: ${dotted}`],
    ["a.yaml", "password: @@(x"],
    ["a.yaml", "password: @@[1"],
  ])("%s: %s is sure", (path, text) => expect(isSure(text, path)).toBe(true));

  test.each([
    ["a.ts", "token: SyntaxKind.DotDotDotToken,"],
    ["a.ts", "password = getTokenFromHeaderV2(request)"],
    ["a.py", "token = settings.AUTH_TOKEN_V2.value"],
  ])("%s: %s is code", (path, text) => expect(hits(text, path)).toEqual([]));
});

describe("a digest behind the name of a token", () => {
  const hex = pieced(["3f786850e387550fdab8", "36ed7e6dc881de23001b"]);
  test.each(["access_token", "API_TOKEN", "authToken"])("%s: a person is asked", (name) =>
    expect(hits(`${name}: ${hex}`, "a.yaml")).toMatchObject([{ likely: true }]),
  );
  test.each(["secret_api_token", "password_access_token"])("%s is sure", (name) =>
    expect(isSure(`${name}: ${hex}`, "a.yaml")).toBe(true),
  );
});

describe("a long list", () => {
  const words = Array.from({ length: 60 }, (_, index) => `  - word${index}`).join("\n");

  test("a person is asked for what stands at its end", () => {
    expect(hits(`passwords:\n${words}\n  - @@\n`, "a.yaml")).toMatchObject([{ likely: true }]);
  });

  test("what is sure by its own name stays so behind the list of another one", () => {
    expect(isSure(`tokens:\n${words}\n  - password:\n    - @@\n`, "a.yaml")).toBe(true);
  });

  test("one of many names is walked once", () => {
    const listed = (count: number): string => "- password:\n- word\n".repeat(count);
    const [few, many] = [500, 1000].map((count) => {
      const work = { steps: 0 };
      scanner.find(listed(count), { path: "a.yaml", entropy: true, work });
      return work.steps;
    }) as [number, number];
    expect(many).toBeLessThan(few * 2.5);
  });
});
