// Every command of the person's wing, as data: main.ts makes the command line of it, docs/cli.md is printed from it.
import { allowlistShow, allowlistSync } from "./allowlist.ts";
import { attestVerify } from "./attest.ts";
import { auditStats } from "./audit.ts";
import { auditExport } from "./audit-export.ts";
import { auditHead } from "./audit-head.ts";
import { auditTail } from "./audit-tail.ts";
import { auditVerify } from "./audit-verify.ts";
import { bundle, incidentExport } from "./bundle.ts";
import { bundleVerify } from "./bundle-verify.ts";
import type { CommandRow } from "./command.ts";
import { configCheck, configExplain, configShow } from "./config.ts";
import { decisionExport, decisionVerify } from "./decision.ts";
import { doctor } from "./doctor.ts";
import { evidenceVerify } from "./evidence.ts";
import { gateEval, gateExplain, gateList } from "./gate.ts";
import { incidentClose, incidentOpen } from "./incident.ts";
import { incidentList } from "./incident-list.ts";
import { init } from "./init.ts";
import { integrate } from "./integrate.ts";
import { keysRotate } from "./keys.ts";
import { list } from "./list.ts";
import { presetDiff, presetExplain, presetList, presetShow } from "./preset.ts";
import { presetUse } from "./preset-use.ts";
import { privacyExport } from "./privacy.ts";
import { privacyErase } from "./privacy-erase.ts";
import { schemaAdd, schemaList } from "./schema.ts";
import { auditShip } from "./ship.ts";
import { show } from "./show.ts";
import { tokenIssue } from "./token.ts";
import { tokenRevoke, tokenRotate } from "./token-end.ts";
import { tokenList } from "./token-list.ts";
import { up } from "./up.ts";
import { auditWitness } from "./witness.ts";

export const commands: readonly CommandRow[] = [
  up,
  init,
  list,
  show,
  integrate,
  incidentOpen,
  incidentClose,
  incidentList,
  incidentExport,
  bundle,
  bundleVerify,
  attestVerify,
  auditVerify,
  auditHead,
  auditExport,
  auditTail,
  auditStats,
  auditShip,
  auditWitness,
  privacyExport,
  privacyErase,
  presetList,
  presetShow,
  presetExplain,
  presetDiff,
  presetUse,
  configCheck,
  configShow,
  configExplain,
  decisionExport,
  decisionVerify,
  gateList,
  gateExplain,
  gateEval,
  evidenceVerify,
  schemaAdd,
  schemaList,
  doctor,
  keysRotate,
  tokenIssue,
  tokenList,
  tokenRotate,
  tokenRevoke,
  allowlistSync,
  allowlistShow,
];

/** What the other wings answer to; bin/countersign.js sends them there. */
export const otherCommands: readonly { readonly usage: string; readonly about: string }[] = [
  {
    usage: "gateway --state DIR (--stdio | --http)",
    about: "the agent-facing process alone; it restarts itself under node's permission model",
  },
  { usage: "actions openapi [--url ORIGIN]", about: "the OpenAPI document of the tools, for a custom GPT" },
  { usage: "validator --state DIR [--once]", about: "the validating process alone" },
  { usage: "keys new --state DIR", about: "make the validator's key pairs that are missing" },
  { usage: "keys list --state DIR", about: "keys with their ids, and how long they last" },
  {
    usage: "evidence sign --key FILE …",
    about: "sign evidence for gates, in a CI job; needs no state folder",
  },
  { usage: "schema sign FILE --key FILE", about: "sign an evidence schema" },
];
