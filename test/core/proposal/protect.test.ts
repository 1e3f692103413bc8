// Protected paths: every class of the shipped pack, under every disguise of case and form.
import { describe, expect, test } from "vitest";
import { pathRulesSchema, protector } from "../../../src/core/proposal/protect.ts";
import { shippedRules } from "../../support/served.ts";

const rules = shippedRules().paths;
const protect = protector(rules);

describe("the shipped pack", () => {
  test.each([
    [
      "path_blocked",
      "continuous-integration",
      [
        ".github/workflows/ci.yml",
        "sub/.gitlab-ci.yml",
        "Jenkinsfile",
        ".circleci/config.yml",
        ".gitlab-ci/build.yml",
        ".zuul.yaml",
        "sub/Earthfile",
        "dagger.json",
      ],
    ],
    ["path_blocked", "git-internals", [".gitattributes", "sub/.gitmodules", ".mailmap", ".lfsconfig"]],
    ["path_blocked", "hooks", [".husky/pre-commit", "lefthook.yml", ".pre-commit-config.yaml"]],
    [
      "path_blocked",
      "credentials",
      [".env", "app/.env.local", "x/server.pem", "id_rsa", ".npmrc", ".ssh/config"],
    ],
    [
      "path_blocked",
      "executing-configuration",
      [".vscode/tasks.json", ".claude/settings.json", ".bashrc", ".mcp.json", ".cursorrules"],
    ],
    ["path_blocked", "countersign", ["countersign.toml", ".countersign/x", "a.dsse.json"]],
    ["path_blocked", "installed-code", ["node_modules/x/index.js", "a/__pycache__/b.pyc"]],
    ["path_protected", "agent-instructions", ["AGENTS.md", "sub/CLAUDE.md"]],
    ["path_protected", "forge", [".github/ISSUE_TEMPLATE/bug.md", "CODEOWNERS"]],
    ["path_protected", "deployment", ["Dockerfile", "infra/main.tf", "compose.yaml"]],
    ["path_protected", "build-scripts", ["Makefile", "vite.config.ts", "conftest.py"]],
    ["path_dependency", "javascript", ["package.json", "a/pnpm-lock.yaml"]],
    ["path_dependency", "python", ["requirements-dev.txt", "pyproject.toml"]],
    ["path_dependency", "other-ecosystems", ["go.mod", "Cargo.toml", "pom.xml"]],
  ])("%s by %s", (code, rule, paths) => {
    for (const path of paths) expect(protect(path), path).toMatchObject({ code, rule });
  });

  test.each([
    ".GitHub/Workflows/CI.yml",
    ".ɢithub/x".replace("ɢ", "G"),
    "．github/workflows/ci.yml",
    ".gıthub/workflows/x",
    ".github/worKflows/x",
    ".ENV",
    ".Husky/x",
    "ＰＡＣＫＡＧＥ.json",
    "Paſſwords/../.env".slice(-4),
  ])("is not fooled by %s", (path) => {
    expect(protect(path)).toBeDefined();
  });

  test.each([
    "README.md",
    "src/index.ts",
    "docs/workflow.md",
    "environment.ts",
    "package.json.md",
    "src/environment/a.ts",
  ])("leaves %s alone", (path) => {
    expect(protect(path)).toBeUndefined();
  });
});

describe("classes", () => {
  const rule = (id: string, ...paths: readonly string[]): object => ({ id, why: "because", paths });
  const pack = {
    version: "2026.11.0",
    blocked: [rule("b1", "x")],
    protected: [rule("p1", "x", "y")],
    dependency: [rule("d1", "x", "y", "z")],
  };

  test("the strictest one answers", () => {
    const own = protector(pathRulesSchema.parse(pack));
    expect(["x", "y", "z", "w"].map((path) => own(path)?.rule)).toEqual(["b1", "p1", "d1", undefined]);
  });

  test.each<[string, object]>([
    ["without blocked paths", { ...pack, blocked: [] }],
    ["with a rule without paths", { ...pack, blocked: [rule("b1")] }],
    ["with a capital, which no folded path has", { ...pack, blocked: [rule("b1", "X")] }],
    ["with a pattern that is none", { ...pack, blocked: [rule("b1", "{x")] }],
    ["with an unknown class", { ...pack, allowed: [rule("a1", "x")] }],
    ["with an unknown key", { ...pack, blocked: [{ ...rule("b1", "x"), except: ["y"] }] }],
    ["without version", { ...pack, version: "1" }],
  ])("a pack is refused %s", (_, value) => {
    expect(pathRulesSchema.safeParse(value).success).toBe(false);
  });
});
