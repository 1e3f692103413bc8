// The document without a server: for the person, who has to hand it to ChatGPT, and for docs/openapi.json.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/core/config/parse.ts";
import type { Config } from "../../../src/core/config/schema.ts";
import { describedTools, printOpenApi } from "../../../src/gateway/actions/print.ts";
import { packageRoot, presetText } from "../../../src/io/file/config.ts";

const configOf = (toml: string): Config => {
  const parsed = parseConfig(`preset = "quickstart"\n${toml}`, (name) => presetText(packageRoot(), name));
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return parsed.loaded.config;
};
const config = configOf("");

interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: object;
}
const printed = (from: Config, url?: string): Document =>
  JSON.parse(printOpenApi(from, "1.2.3", url)) as Document;

test("it has the tools that the configuration presents, under their names", () => {
  expect(Object.keys(printed(config).paths)).toHaveLength(6);
  const few = configOf('[server.tools]\nname_style = "snake"\ndeny = ["propose-patch"]\n');
  expect(Object.keys(printed(few).paths)).not.toContain("/actions/propose_patch");
  expect(Object.keys(printed(few).paths)).toContain("/actions/read_file");
});

test("it asks for what auth.mode of the configuration asks for", () => {
  const under = (mode: Config["auth"]["mode"]) => printed({ ...config, auth: { ...config.auth, mode } });
  expect(under("bearer_token")).toMatchObject({ security: [{ bearer: [] }] });
  expect(under("mtls")).toMatchObject({ security: [{ certificate: [] }] });
});

describe("the server's URL", () => {
  test("is the one that is given, or the configured one", () => {
    expect(printed(config, "https://code.example/").servers[0]?.url).toBe("https://code.example");
    const own = {
      ...config,
      server: { ...config.server, http: { ...config.server.http, public_url: "https://own.example" } },
    };
    expect(printed(own).servers[0]?.url).toBe("https://own.example");
  });

  test.each([
    "http://code.example",
    "https://code.example/path",
    "https://user@code.example",
    "code.example",
    "",
    "https://",
    "javascript:x",
  ])("cannot be %j", (url) => {
    expect(() => printOpenApi(config, "1", url)).toThrow(/origin/);
  });

  test("has to be given when nobody knows it", () => {
    expect(() => printOpenApi(configOf("[server.http]\nport = 0\n"), "1")).toThrow(/under which URL/);
  });
});

test("a described tool cannot be called", async () => {
  const prepared = describedTools(config).get("read-manifest")!.prepare({});
  if (!prepared.ok) throw new Error("not prepared");
  await expect(prepared.value.run(undefined as never)).rejects.toThrow();
});
