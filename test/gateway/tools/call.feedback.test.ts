// D35: the words of a refusal are bounded by the caller's level as its gate is; the entry holds the whole of it.
import { afterEach, expect, test } from "vitest";
import type { Denial } from "../../../src/gateway/tools/call.ts";
import { condition, gate } from "../../support/gates.ts";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";

let lab: GatewayLab;
afterEach(() => lab.stop());

test.each([
  ["summary", "gate read-file is unknown"],
  ["trace", "gate read-file: condition word is unknown: provider_error"],
  ["evidence", "gate read-file: condition word is unknown: provider_error, json_root"],
])("a detail of the provider's: with %s %j", async (level, message) => {
  const report = condition("word", "json", { check: "path", file: "ci.json" }, true, 'type = "boolean"');
  const toml = `[evidence.json]\nroot = "absent"\n[feedback]\ndefault = "${level}"\n`;
  lab = await gatewayLab({ toml: toml + report + gate("read-file", '"word"') });
  await lab.publish({ "a.ts": "some text\n" });
  await lab.shelf.refresh();
  const remote = { ...lab.as("bot"), credential: "token:0123456789abcdef" };
  const outcome = await lab.call("read-file", { path: "a.ts" }, remote);
  expect((outcome as Denial).refusal).toMatchObject({ code: "provider_error", message });
  expect(JSON.stringify(outcome).includes("json_root")).toBe(level === "evidence");
  expect(lab.entries().at(-1)?.data).toMatchObject({
    where: "word",
    ref: (outcome as Denial).refusal.ref,
    trace: "word=unknown:provider_error:json_root",
  });
});
