// Protected paths: what executes on opening, building or testing a folder, or in front of the program that is meant.
import { expect, test } from "vitest";
import { protector } from "../../../src/core/proposal/protect.ts";
import { shippedRules } from "../../support/served.ts";

const protect = protector(shippedRules().paths);

test.each([
  ["path_blocked", "continuous-integration", [".readthedocs.yaml", "sub/.readthedocs.yml"]],
  [
    "path_blocked",
    "executing-configuration",
    [
      ".opencode.json",
      "conductor.json",
      ".superset/config.json",
      "omnisharp.json",
      ".specify/scripts/bash/common.sh",
    ],
  ],
  [
    "path_blocked",
    "shadowed-programs",
    ["git.bat", "npm.cmd", "node.cmd", "Python.bat", "PIP.EXE", "sub/Desktop.ini", "a/docs.lnk"],
  ],
  ["path_protected", "shadowed-scripts", ["git.js", "node.js"]],
  [
    "path_protected",
    "shadowed-modules",
    [
      "json.py",
      "random.py",
      "pytest.py",
      "pip.py",
      "site.py",
      "encodings/__init__.py",
      "Logging/__init__.py",
    ],
  ],
  [
    "path_protected",
    "agent-instructions",
    [
      "AGENTS.txt",
      "sub/claude.markdown",
      "MEMORY.md",
      "TOOLS.md",
      "HEARTBEAT.md",
      "hooks.json",
      "plugin.json",
    ],
  ],
  [
    "path_protected",
    "agent-instructions",
    ["plugins/review/agents/x.md", "plugins/review/commands/a/x.md", "plugins/review/skills/x/run.py"],
  ],
  [
    "path_protected",
    "site-generators",
    ["book.toml", "_quarto.yml", "sub/mkdocs.yml", "docs/conf.py", "doc/source/conf.py", "_plugins/x.rb"],
  ],
  [
    "path_protected",
    "test-configuration",
    ["tox.toml", ".markdownlint-cli2.cjs", ".markdownlint.js", ".textlintrc.js", ".remarkrc.mjs"],
  ],
  [
    "path_protected",
    "framework-configuration",
    ["buf.gen.yaml", "project.yml", "Properties/launchSettings.json", "pm2.json", "process.json"],
  ],
  [
    "path_protected",
    "deployment",
    [
      "cdktf.json",
      "gunicorn.conf.py",
      "vercel.ts",
      "roles/web/tasks/main.yml",
      "roles/web/library/x.py",
      "group_vars/all.yml",
      "host_vars/a/x.yml",
      "argocd/app.yaml",
      "docker-stack.yml",
      "cloudformation.yaml",
      "template.yaml",
      "manifests/web/x.yaml",
      "ecosystem.config.cjs",
    ],
  ],
  [
    "path_protected",
    "built-code",
    ["dist/index.js", "action/dist/main.cjs", "web/jquery.min.js", "web/app.bundle.js"],
  ],
  [
    "path_dependency",
    "vendored",
    ["vendor/x/y.go", "a/third_party/x.c", "Pods/A/a.m", "ios/Pods/A/a.m", "src/_vendor/x.py"],
  ],
  [
    "path_blocked",
    "continuous-integration",
    [".gitlab-ci.d/x.yml", ".ci.yml", "concourse.yml", ".azuredevops.yml", "buddy.yaml"],
  ],
  ["path_blocked", "hooks", ["git-hooks/x.sh", ".git-template/x.sh", "pre_commit_hooks/x.py"]],
  ["path_blocked", "executing-configuration", [".omnisharp.json", ".conductor.json", ".cmux/x.json"]],
  [
    "path_protected",
    "agent-instructions",
    [
      ".specify/memory/constitution.md",
      ".bmad-core/x.md",
      ".ai/x.md",
      "config/agents.yaml",
      "INSTRUCTIONS.md",
    ],
  ],
  ["path_protected", "forge", ["ci/build.sh", "pipelines/x.yml", "jenkins/x.groovy", "vars/x.groovy"]],
  [
    "path_protected",
    "deployment",
    ["values.yaml", "overlays/x.yaml", "nginx/x.conf", "cloud-init.yaml", "tasks/main.yml", "stack.yml"],
  ],
  ["path_protected", "security", [".sops.yaml"]],
  ["path_protected", "framework-configuration", ["dvc.yaml", "alembic.ini", ".htmlvalidate.js"]],
])("%s by %s", (code, rule, paths) => {
  for (const path of paths) expect(protect(path), path).toMatchObject({ code, rule });
});

test.each([
  "requests/__init__.py",
  "src/ci.ts",
  "src/pipelines/run.ts",
  "src/tasks/main.ts",
  "src/agents.ts",
  "src/values.ts",
  "docs/instructions.md",
  "src/json.py",
  "app/queue.py",
  "src/logging/__init__.py",
  "json/encoder.py",
  "tests/test.py",
  "build.bat",
  "scripts/git.py",
  "src/git.js",
  "docs/tools.md",
  "docs/memory.md",
  "docs/agents/x.md",
  "src/plugin.json",
  "src/roles/tasks/List.tsx",
  "src/vendor/List.tsx",
  "src/pods/pod.go",
  "src/manifest.ts",
  "src/conf.py",
  "src/template.ts",
  "src/dist.ts",
  "src/distance/index.ts",
])("leaves %s alone", (path) => {
  expect(protect(path)).toBeUndefined();
});
