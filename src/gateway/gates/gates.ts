// The policy's gates as this process evaluates them: which there are, the evidence that it may gather, and who learns what.
import type { Digest } from "../../core/base/digest.ts";
import type { Clock } from "../../core/base/time.ts";
import { resourceUri } from "../../core/attestation/statement.ts";
import type { Config } from "../../core/config/schema.ts";
import type { GateName } from "../../core/config/schema-gates.ts";
import type { ConditionSpec, PolicyGate } from "../../core/gate/condition.ts";
import type { Facts, PolicyOutcome } from "../../core/gate/decision.ts";
import { type Disclosure, disclosureOf } from "../../core/gate/disclosure.ts";
import { feedbackLevel } from "../../core/gate/feedback.ts";
import type { GatePlace, ProviderName } from "../../core/gate/providers.ts";
import { type DecisionRecord, recordOf } from "../../core/gate/record.ts";
import { trustOf } from "../../core/gate/trust.ts";
import type { Trust } from "../../core/gate/evidence.ts";
import { callerProvider } from "../../io/evidence/caller.ts";
import { envProvider } from "../../io/evidence/env.ts";
import { gather } from "../../io/evidence/gather.ts";
import { jsonProvider } from "../../io/evidence/json.ts";
import type { CallerFacts, EvidenceProvider, Providers } from "../../io/evidence/provider.ts";
import { signedProvider } from "../../io/evidence/signed.ts";
import { timeProvider } from "../../io/evidence/time.ts";
import { configuredPath, type Setup } from "../../io/file/config.ts";
import type { Layout } from "../../io/file/layout.ts";
import type { Caller } from "../tools/tool.ts";
import { type GateView, viewOf } from "./view.ts";

export interface GatesParts {
  readonly setup: Pick<Setup, "config" | "gates" | "permissiveUntil">;
  readonly layout: Layout;
  readonly clock: Clock;
  /** The process's environment; only what evidence.env.allow names is ever looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** 32 random bytes of this process: hashes of values cannot be compared with those of any other. */
  readonly disclosureKey: Uint8Array;
}

/** What evidence is asked about. */
export interface About {
  readonly caller: CallerFacts;
  /** Whose evaluation it is, or is foreseen; the place decides what a caller's words are worth. */
  readonly place: GatePlace;
  /** Texts of signed envelopes that the proposal carries. */
  readonly carried?: readonly string[];
  readonly patch?: Digest;
}

/** Who asks for an explanation. */
export type Asker = Pick<Caller, "principal" | "credential" | "scope">;

export interface Gates {
  /** The policy's gate of that name; undefined where the policy asks for nothing. */
  of(name: GateName): PolicyGate | undefined;
  /** Evidence for those conditions, gathered now; never rejects. */
  facts(specs: readonly ConditionSpec[], about: About): Promise<Facts>;
  record(outcome: PolicyOutcome, facts: Facts): DecisionRecord;
  /** As much of a decision as its asker may learn. */
  view(record: DecisionRecord, asker: Asker): GateView | undefined;
}

/** Providers whose answers this process can give, or foresee. The others need git, the network or the checks' results. */
export const gatewayProviders: ReadonlySet<ProviderName> = new Set([
  "time",
  "env",
  "json",
  "caller",
  "signed",
]);

export function openGates({ setup, layout, clock, env, disclosureKey }: GatesParts): Gates {
  const { config, gates, permissiveUntil } = setup;
  const standing = standingProviders(config, layout, clock, env);
  const resource = resourceUri(config.repository.name, config.namespace.name);
  const disclosure: Disclosure = disclosureOf(config.evidence, disclosureKey);
  return {
    of: (name) => gates.get(name),
    async facts(specs, { caller, place, carried = [], patch }) {
      const subject = patch === undefined ? { resource } : { resource, patch };
      const trustNow = (): Trust => trustOf({ config, permissiveUntil }, subject, clock());
      const trust = trustNow();
      const asked = new Set(specs.map(({ provider }) => provider));
      const providers = admitted(config, {
        ...standing,
        caller: callerProvider(caller, place),
        // Reads a folder: only for those who ask.
        ...(asked.has("signed") ? { signed: signedBy(config, layout, carried, trust) } : {}),
      });
      const evidence = await gather(specs, providers, config.evidence.timeout_ms, clock);
      // Asking takes time, also other callers': what ended meanwhile does not count any more.
      return { evidence, trust: trustNow() };
    },
    record: (outcome, facts) => recordOf(outcome, facts, disclosure),
    view(record, { principal, credential, scope }) {
      // Whoever proved nothing but its place is local. A token says nothing of a place: tunnels end on loopback, too.
      const asker = { principal, roles: scope.roles, local: credential === "local" };
      return viewOf(record, feedbackLevel(config.feedback, asker));
    },
  };
}

function standingProviders(
  { evidence }: Config,
  layout: Layout,
  clock: Clock,
  env: GatesParts["env"],
): Providers {
  const root = evidence.json.root === "" ? "" : configuredPath(layout, evidence.json.root);
  return {
    time: timeProvider(clock),
    env: envProvider(evidence.env.allow, env),
    json: jsonProvider(evidence.json, root),
  };
}

function signedBy(
  { evidence }: Config,
  layout: Layout,
  carried: readonly string[],
  trust: Trust,
): EvidenceProvider {
  const folder = evidence.folder === "" ? "" : configuredPath(layout, evidence.folder);
  return signedProvider({ carried, folder }, trust);
}

/** A provider that the policy does not list is not there, whoever asks. */
function admitted({ evidence }: Config, all: Providers): Providers {
  return Object.fromEntries(evidence.providers.map((name) => [name, all[name]])) as Providers;
}
