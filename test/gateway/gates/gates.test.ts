// What the gateway may ask for evidence, whatever a gate says: the policy's own list of providers bounds it.
import { afterAll, expect, test } from "vitest";
import { openGates } from "../../../src/gateway/gates/gates.ts";
import { loadSetup, packageRoot } from "../../../src/io/file/config.ts";
import { ALWAYS, condition, gate } from "../../support/gates.ts";
import { publishedState } from "../../support/published.ts";
import { removeScratch } from "../../support/scratch.ts";

const WORD = condition("word", "env", { check: "get", key: "WORD" }, "x");
const state = await publishedState(
  `${ALWAYS}${WORD}[evidence.env]\nallow = ["WORD"]\n${gate("read-file", '{ all = ["always", "word"] }')}`,
);
afterAll(() => removeScratch(state.layout.root));
const setup = loadSetup(state.layout, packageRoot(), undefined, [], Date.now());
const caller = { principal: "p", changeType: undefined, riskLevel: undefined, claims: [] };

async function errors(providers: typeof setup.config.evidence.providers): Promise<readonly unknown[]> {
  const config = { ...setup.config, evidence: { ...setup.config.evidence, providers } };
  const gates = openGates({
    setup: { ...setup, config },
    layout: state.layout,
    clock: Date.now,
    env: { WORD: "x" },
    disclosureKey: new Uint8Array(32),
  });
  const { evidence } = await gates.facts(gates.of("read-file")?.conditions ?? [], {
    caller,
    place: "gateway",
  });
  return ["always", "word"].map((id) => evidence.get(id)?.error?.code);
}

test("a provider that the policy does not list is not there", async () => {
  expect(await errors(["time", "env"])).toEqual([undefined, undefined]);
  expect(await errors(["time"])).toEqual([undefined, "env_unavailable"]);
  expect(await errors(["git", "checks"])).toEqual(["time_unavailable", "env_unavailable"]);
});

test("evidence is judged by the time behind the asking: what ended meanwhile does not count", async () => {
  let now = Date.now();
  const begun = now;
  const clock = (): number => (now += 1000);
  const parts = { setup, layout: state.layout, env: { WORD: "x" }, disclosureKey: new Uint8Array(32) };
  const gates = openGates({ ...parts, clock });
  const specs = gates.of("read-file")?.conditions ?? [];
  const { trust } = await gates.facts(specs, { caller, place: "gateway" });
  expect(trust.now).toBe(now);
  expect(trust.now).toBeGreaterThan(begun + 1000);
});
