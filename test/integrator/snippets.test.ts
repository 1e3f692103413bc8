// What init tells people to type: each client's words, the right address, and never a token.
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import {
  clientSnippets,
  httpPlace,
  type HttpPlace,
  httpSnippets,
  httpSteps,
  type Launch,
} from "../../src/integrator/snippets.ts";
import { openDoor } from "../support/doctor.ts";

const launch: Launch = { node: "/n/node", bin: "/c/bin/countersign.js", repo: "/r/my repo" };
const place: HttpPlace = {
  origin: "https://host.example",
  auth: "bearer_token",
  actions: true,
  issuer: false,
};

test("stdio: a shell takes the line apart into the same words as the JSON has", () => {
  const text = clientSnippets({ ...launch, state: "/s/it's" });
  const line = /claude mcp add countersign -- (.*)/.exec(text)?.[1] ?? "";
  const words = execFileSync("sh", ["-c", `printf '%s\\n' ${line}`], { encoding: "utf8" })
    .trimEnd()
    .split("\n");
  const json = JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)) as {
    mcpServers: { countersign: { command: string; args: string[] } };
  };
  const { command, args } = json.mcpServers.countersign;
  expect(words).toEqual([command, ...args]);
  expect(args).toEqual([
    "/c/bin/countersign.js",
    "up",
    "--stdio",
    "--repo",
    "/r/my repo",
    "--state",
    "/s/it's",
  ]);
});

describe("over HTTP", () => {
  const text = httpSnippets(place);

  test.each([
    "claude mcp add --transport http --scope project countersign https://host.example/mcp --header 'Authorization: Bearer ${COUNTERSIGN_TOKEN}'",
    "codex mcp add countersign --url https://host.example/mcp --bearer-token-env-var COUNTERSIGN_TOKEN",
    "countersign actions openapi --url https://host.example > openapi.json",
  ])("%s", (line) => {
    expect(text).toContain(line);
  });

  test("the JSON is JSON, and names the variable that holds the token", () => {
    const json = JSON.parse(text.slice(text.indexOf("\n  {") + 1, text.indexOf("\n  }") + 4)) as object;
    expect(json).toEqual({
      mcpServers: {
        countersign: {
          url: "https://host.example/mcp",
          headers: { Authorization: "Bearer ${env:COUNTERSIGN_TOKEN}" },
        },
      },
    });
  });

  test("the shell that types it hands no token to the program", () => {
    const line = /claude (mcp add .*)/.exec(text)?.[1] ?? "";
    const said = execFileSync("sh", ["-c", `printf '%s\\n' ${line}`], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], COUNTERSIGN_TOKEN: "a-secret" },
    });
    expect(said).toContain("${COUNTERSIGN_TOKEN}");
    expect(said).not.toContain("a-secret");
  });

  test("without tokens there is no header and no token step", () => {
    for (const auth of ["local_only", "mtls"] as const) {
      expect(httpSnippets({ ...place, auth })).not.toMatch(/TOKEN|API Key/);
      expect(httpSteps({ ...place, auth }, launch).join("\n")).not.toMatch(/token/i);
    }
    expect(httpSnippets({ ...place, auth: "mtls" })).toContain("certificate of the client CA");
  });

  test("ChatGPT is told what it lacks: a public address, actions, an issuer", () => {
    expect(text).not.toContain("needs a public https address");
    for (const origin of [
      "http://127.0.0.1:9326",
      "https://127.0.0.1:9326",
      "https://[::1]:9326",
      "https://localhost",
    ])
      expect(httpSnippets({ ...place, origin })).toContain("needs a public https address");
    expect(httpSnippets({ ...place, actions: false })).not.toContain("openapi");
    expect(text).toContain("needs OAuth, so set [auth.oidc]");
    expect(httpSnippets({ ...place, issuer: true })).toContain("the issuer of auth.oidc");
  });
});

test("the steps in order, each with the repository it is about", () => {
  const steps = httpSteps(place, { ...launch, state: "/s" });
  const words = [
    "token issue",
    "read -rs",
    "up --repo '/r/my repo' --state /s",
    "/readyz",
    "/actions/read-manifest",
  ];
  const at = words.map((word) => steps.findIndex((step) => step.includes(word)));
  expect(at).toEqual([0, 1, 2, 3, 4]);
});

test.each([
  [{}, "http://127.0.0.1:9326"],
  [{ bind: "::1", port: 8443, tls: { termination: "server" } }, "https://[::1]:8443"],
  [{ public_url: "https://host.example" }, "https://host.example"],
  [{ unix_socket: "/run/c.sock", public_url: "https://host.example" }, "https://host.example"],
  [{ unix_socket: "/run/c.sock" }, undefined],
  [{ enabled: false, public_url: "https://host.example" }, undefined],
] as const)("%j is reached at %s", (http, origin) => {
  expect(httpPlace(openDoor({ config: { server: { http } } }).config)?.origin).toBe(origin);
});
