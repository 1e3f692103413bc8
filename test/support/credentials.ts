// Tokens as the store keeps them and costs of calls, valid unless a test changes a field; secrets are made at run time.
import { createHash } from "node:crypto";
import type { Budget } from "../../src/core/identity/scope.ts";
import {
  type Credential,
  credentialSchema,
  type Grant,
  mintToken,
  type Minted,
} from "../../src/core/identity/token.ts";
import { instant } from "../../src/core/base/time.ts";
import type { CallCost } from "../../src/io/store/store.ts";
import { NOON } from "./proposals.ts";

export const noBudget: Budget = { periodSeconds: 3600, calls: 0, bytes: 0, scanMillis: 0, warnPercent: 80 };

export function costing(changes: Partial<CallCost> = {}): CallCost {
  return { principal: "local:stdio", perMinute: 1000, budget: noBudget, bytes: 0, scanMillis: 0, ...changes };
}

/** The token number `n`: always the same, and nowhere written down. */
export function token(n: number): Minted {
  return mintToken(createHash("sha512").update(`token ${n}`).digest().subarray(0, 40));
}

export const grant: Grant = {
  roles: ["proposer"],
  tools: null,
  paths: null,
  lane: "asserted",
  per_minute: null,
  per_hour: null,
  max_pending: null,
};

const DAY = 86_400_000;

/** What is kept of `token(n)`: made at noon, for a day, in the family of token 0. */
export function credential(n: number, changes: Partial<Credential> = {}): Credential {
  const { id, sha256 } = token(n);
  return credentialSchema.parse({
    id,
    kind: "bearer",
    principal: "agent",
    bound: false,
    family: token(0).id,
    sha256,
    grant,
    began: changes.created ?? instant(NOON),
    created: instant(NOON),
    expires: instant(NOON + DAY),
    ends: instant(NOON + 30 * DAY),
    used: null,
    revoked: null,
    ...changes,
  });
}
