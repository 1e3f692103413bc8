import { expect, test } from "vitest";
import { wallFaults } from "../../src/gateway/walls.ts";
import { layout } from "../../src/io/file/layout.ts";

const places = layout("/state");
const may = (...allowed: readonly string[]) => ({
  has: (scope: string, reference = "") => allowed.includes(`${scope} ${reference}`.trim()),
});

test.each([
  ["child", "start other programs"],
  ["worker", "start threads"],
  ["fs.read", "read every file"],
  ["fs.write", "write every file"],
  ["fs.read /state/keys/attestation.key.pem", "read the private key"],
  ["fs.read /state/keys/disclosure.key", "read the validator's disclosure key"],
  ["fs.read /state/repository.json", "read where the repository is"],
  ["fs.write /state/exchange/verdicts", "write verdicts"],
  ["fs.write /state/exchange/published", "write published manifests"],
  ["fs.write /state/trust", "write trusted keys"],
  ["fs.write /state/countersign.toml", "write its configuration"],
])("who may %s is told that it could %s", (right, fault) => {
  expect(wallFaults(may(right), places)).toEqual([fault]);
});

test("who may only what a gateway needs is at no fault", () => {
  expect(
    wallFaults(
      may("fs.read /state/trust", "fs.write /state/gateway", "fs.write /state/exchange/orders"),
      places,
    ),
  ).toEqual([]);
});
