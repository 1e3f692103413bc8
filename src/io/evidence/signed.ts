// Provider signed: statements that a pinned key signed. Who carries them does not matter, so any source of texts will do.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "../../core/base/bytes.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence, Proof, Trust } from "../../core/gate/evidence.ts";
import { chosen } from "../../core/gate/signature.ts";
import { failed, unasked } from "./answers.ts";
import type { EvidenceProvider } from "./provider.ts";
import { readRooted } from "./rooted.ts";

export const MAX_ENVELOPES = 256;
export const MAX_ENVELOPE_BYTES = 65_536;
