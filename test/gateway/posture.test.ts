import { packsLine } from "../../src/core/rules/packs.ts";
import { afterAll, expect, test } from "vitest";
import { postureLine, startFacts } from "../../src/gateway/posture.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { publishedState } from "../support/published.ts";
import { removeScratch } from "../support/scratch.ts";

const state = await publishedState();
afterAll(() => removeScratch(state.layout.root));
const setup = loadSetup(state.layout, packageRoot());

test("D39: one line says how this gateway stands", () => {
  const line = `countersign gateway: stdio only, no listening socket; caller local:stdio; preset quickstart; policy ${setup.policy.slice(0, 12)}; node permission model on; shared operating-system user: warn`;
  expect(postureLine(setup, "stdio", true)).toBe(line);
  expect(postureLine(setup, "stdio", false)).toContain("node permission model OFF");
  const trying = { ...setup, permissiveUntil: Date.UTC(2026, 0, 2) };
  expect(postureLine(trying, "stdio", true)).toBe(
    `${line}; dev.permissive: claims are believed until 2026-01-02T00:00:00.000Z`,
  );
});

test("the entry of the start changes with every key of the configuration", () => {
  const facts = startFacts(setup, "1.2.3", "24.0.0");
  expect(facts).toMatchObject({
    process: "gateway",
    version: "1.2.3",
    node: "24.0.0",
    preset: "quickstart",
    policy: setup.policy,
    rules: packsLine(setup.packs),
  });
  const slower = { ...setup, config: { ...setup.config, calls: { per_minute: 1 } } };
  expect(startFacts(slower, "1.2.3", "24.0.0")["config_sha256"]).not.toBe(facts["config_sha256"]);
});
