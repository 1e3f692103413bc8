// What countersign promises, row by row, and the tests that hold it to that: data only, checked by rows.test.ts.
import { auditRows } from "./audit-rows.ts";
import { canonRows } from "./canon-rows.ts";
import { contentRows } from "./content-rows.ts";
import { doorRows } from "./door-rows.ts";
import { gateRows } from "./gate-rows.ts";
import { identityRows } from "./identity-rows.ts";
import { maskingRows } from "./masking-rows.ts";
import { otherRows } from "./other-rows.ts";
import { policyRows } from "./policy-rows.ts";
import type { Row } from "./row.ts";
import { secretsRows } from "./secrets-rows.ts";
import { sandboxRows } from "./sandbox-rows.ts";
import { scannerRows } from "./scanner-rows.ts";
import { staticAnalysisRows } from "./static-analysis-rows.ts";
import { verifyRows } from "./verify-rows.ts";

export const rows: Readonly<Record<string, Row>> = {
  ...canonRows,
  ...auditRows,
  ...verifyRows,
  ...scannerRows,
  ...staticAnalysisRows,
  ...sandboxRows,
  ...contentRows,
  ...gateRows,
  ...otherRows,
  ...doorRows,
  ...identityRows,
  ...policyRows,
  ...maskingRows,
  ...secretsRows,
};
