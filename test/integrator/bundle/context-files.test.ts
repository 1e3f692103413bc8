// What a bundle hands on about its surroundings: no secret, and no name where the log holds none.
import { afterEach, expect, test } from "vitest";
import { contextFiles } from "../../../src/integrator/bundle/context-files.ts";
import { type Desk, openDesk } from "../../support/verdicts.ts";

const desks: Desk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk.remove();
});

function configIn(personal: string): string {
  const desk = openDesk(
    undefined,
    `[audit]
personal = "${personal}"
[outbound]
allowed_hosts = ["hooks.example", "siem.example"]
[alerts]
webhook_url = "https://hooks.example/services/T000/WORD"
webhook_secret = "env:HOOK"
[ship]
url = "https://siem.example/ingest?api_key=WORD"
[[principals]]
name = "jane.doe@corp.example"
roles = ["proposer"]
subjects = ["oidc:jane-4711"]
`,
  );
  desks.push(desk);
  const files = contextFiles(desk.places, desk.setup);
  return Buffer.from(files.get("config.json") ?? []).toString();
}

test.each([
  ["committed", false],
  ["plain", true],
])("with audit.personal = %s nothing of a URL but its host goes out, and names: %s", (personal, isNamed) => {
  const text = configIn(personal);
  expect(text).not.toContain("WORD");
  expect(text).toContain("https://hooks.example/(not shown)");
  expect(text).toContain("https://siem.example/(not shown)");
  expect(text).toContain('"proposer"');
  expect(/jane/.test(text)).toBe(isNamed);
  expect(/4711/.test(text)).toBe(isNamed);
});
