// Evidence providers: who answers the questions of conditions, and the facts that callers hand in for it.
import type { Check } from "../../core/attestation/statement.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import type { ProviderName } from "../../core/gate/providers.ts";
import type { Claim } from "../../core/proposal/order.ts";

/**
 * Answers the questions of one provider. An answer that cannot be had is Evidence with an error; what is thrown becomes
 * `<provider>_failed` in gather(). No error ever holds a value.
 */
export interface EvidenceProvider {
  /** `signal` aborts when nobody waits any more. */
  ask(spec: ConditionSpec, signal: AbortSignal): Evidence | Promise<Evidence>;
}

export type Providers = Readonly<Partial<Record<ProviderName, EvidenceProvider>>>;

export interface ChangedPath {
  readonly path: string;
  readonly kind: "create" | "modify" | "delete";
  /** Lines; 0 for binary files. */
  readonly added: number;
  readonly removed: number;
}

/** What git says of base and result, recomputed by the process that evaluates. */
export interface GitFacts {
  readonly targetRef: string;
  readonly baseCommit: string;
  readonly baseTree: string;
  /** Missing while no result could be built; asking for it is then an error. */
  readonly resultTree?: string | undefined;
  /** Whether the branch still points at the base. */
  readonly baseIsTip: boolean;
  readonly changes: readonly ChangedPath[];
}

/** How a command of the project ended; what is missing was not to be had. */
export interface CommandFacts {
  readonly exit?: number;
  /** A percentage. */
  readonly coverage?: number;
  readonly duration_ms: number;
}

/** The validator's own results. */
export interface ChecksFacts {
  readonly checks: readonly Check[];
  /** By id of the check. The validator alone has them: a verdict holds what came of them, not the figures. */
  readonly commands?: ReadonlyMap<string, CommandFacts>;
  /** Whether a changed path is protected; undefined when that could not be established, which is an error. */
  readonly protectedPaths: boolean | undefined;
}

/** What the caller is and says. In an order, all of it is the gateway's word. */
export interface CallerFacts {
  readonly principal: string;
  /** Undefined where nothing is proposed. */
  readonly changeType: string | undefined;
  readonly riskLevel: string | undefined;
  readonly claims: readonly Claim[];
}
