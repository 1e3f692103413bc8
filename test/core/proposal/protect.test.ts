// Protected paths: every class of the shipped pack, under every disguise of case and form.
import { readdirSync } from "node:fs";
import { join } from "node:path";
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
    // What a review found to be open in the first pack; more than half of it executes before anybody looks.
    [
      "path_blocked",
      "continuous-integration",
      [
        "sub/.gitlab/ci/x.yml",
        "azure-pipelines/x.yml",
        "buildspec-prod.yml",
        "ci_scripts/ci_post_clone.sh",
        "sub/.ci/run",
      ],
    ],
    [
      "path_blocked",
      "hooks",
      [
        "lefthook-local.yml",
        ".config/lefthook.yml",
        ".huskyrc.js",
        "prek.toml",
        "captainhook.json",
        "hooks/pre-push.sh",
        "a/hooks/post-merge",
      ],
    ],
    [
      "path_blocked",
      "credentials",
      ["x.tfvars.json", ".dev.vars", ".bundle/config.yml", "client_secret_1.json"],
    ],
    [
      "path_blocked",
      "executing-configuration",
      [
        ".opencode/plugin/x.ts",
        "opencode.json",
        ".agents/skills/x/scripts/run.sh",
        ".claude-plugin/plugin.json",
        "hooks/hooks.json",
        ".openhands/setup.sh",
        ".factory/x.md",
        ".cline/mcp.json",
        ".pi/x.ts",
        ".amp/x.json",
        ".qwen/settings.json",
        ".trae/rules/x.md",
        ".kilocode/mcp.json",
        ".augment/rules/x.md",
        ".agent/rules/x.md",
        ".goose/config.yaml",
        ".devin/setup.sh",
        ".vibe/config.toml",
        ".crush.json",
        ".clinerules-code",
        ".mcp.jsonc",
      ],
    ],
    [
      "path_blocked",
      "executing-workspace",
      [
        ".mise.local.toml",
        "mise.production.toml",
        ".config/mise/config.toml",
        ".vs/tasks.vs.json",
        ".run/all.run.xml",
        ".ona/automations.yaml",
        ".codesandbox/tasks.json",
        "devcontainer.json",
        ".nvim/init.lua",
        ".helix/languages.toml",
        ".theia/tasks.json",
        ".jj/repo/config.toml",
        ".hg/hgrc",
        ".iex.exs",
        ".pdbrc.py",
        ".zlogout",
        "Microsoft.PowerShell_profile.ps1",
        ".Rprofile",
        ".ipython/profile_default/startup/x.py",
      ],
    ],
    ["path_protected", "workspace", [".gitpod.yml", "sub/.project", "app.iml", "devfile.yaml"]],
    [
      "path_protected",
      "agent-instructions",
      ["AGENT.md", "QWEN.md", "sub/WARP.md", "CRUSH.md", "x.prompt.md"],
    ],
    [
      "path_protected",
      "forge",
      ["action.yml", "sub/action.yaml", "sub/.github/FUNDING.yml", ".releaserc.js"],
    ],
    ["path_protected", "deployment", ["main.tf.json", "Vagrantfile", "wrangler.jsonc", "x.tofu"]],
    [
      "path_protected",
      "build-scripts",
      [
        "rakefile.rb",
        "lib/tasks/x.rake",
        "Taskfile.dist.yml",
        "CMakePresets.json",
        "build.zig",
        "tools/bazel.bat",
        "binding.gyp",
      ],
    ],
    [
      "path_protected",
      "test-configuration",
      ["playwright.config.ts", ".mocharc.cjs", ".storybook/main.ts", ".rubocop.yml", "pytest.ini"],
    ],
    ["path_protected", "framework-configuration", ["angular.json", "webpack.prod.js", "gatsby-node.js"]],
    ["path_protected", "scanner-configuration", [".semgrep.yml", ".gitleaks.toml", ".secretlintrc.json"]],
    ["path_dependency", "python", ["dev-requirements.txt", "requirements.lock", "pixi.toml"]],
    [
      "path_dependency",
      "other-ecosystems",
      [
        "Package@swift-6.swift",
        "foo.gradle",
        "rust-toolchain.toml",
        ".config/dotnet-tools.json",
        "buildSrc/src/x.groovy",
        "deps/build.jl",
      ],
    ],
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
    "src/hooks/update.ts",
    "src/hooks/useAuthor.ts",
    "src/agents/run.ts",
    "lib/action.ts",
    "src/agent/index.ts",
    "src/mcp/server.ts",
    "src/workspace/tasks.ts",
    "src/project/profile.py",
    "sweep.py",
    "src/factory/amp.rs",
  ])("leaves %s alone", (path) => {
    expect(protect(path)).toBeUndefined();
  });
});

test("no file that installed packages publish as source is blocked by its name", () => {
  const packages = join(import.meta.dirname, "../../../node_modules");
  const sources = readdirSync(packages, { recursive: true, encoding: "utf8" })
    .map((path) => path.replace(/^(?:.*\/)?node_modules\//, "").replace(/^(?:@[^/]+\/)?[^/]+\//, ""))
    .filter((path) => /(?:^|\/)[^./][^/]*\.(?:[cm]?[jt]sx?|css|html|c|h|cc|md|map)$/.test(path));
  const blocked = new Set(sources.filter((path) => protect(path)?.code === "path_blocked"));
  expect(sources.length).toBeGreaterThan(5000);
  expect([...blocked]).toEqual([]);
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
