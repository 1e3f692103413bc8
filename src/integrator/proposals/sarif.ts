// A verified verdict as SARIF 2.1.0, for the tools of others: every finding with its place, as far as the verdict says it.
import type { CheckResult, Finding, Verdict } from "../../core/attestation/statement.ts";
import { sha256 } from "../../core/base/digest.ts";
import { type Reason, reasonCodes, reasons } from "../../core/base/reason.ts";
import { isLetPass, pathOf } from "./findings.ts";

type Check = Verdict["predicate"]["checks"][number];
type Level = "error" | "warning" | "note";

const ROOT = "SRCROOT";
const LEVEL: Readonly<Record<CheckResult, Level>> = {
  FAILED: "error",
  ERROR: "error",
  WARNED: "warning",
  SKIPPED: "warning",
  PASSED: "note",
};

interface Named {
  readonly check: Check;
  readonly found: Finding;
  /** Why the rule fired, also where an exception let it pass. */
  readonly code: Reason;
  /** Reason of the exception that let it pass. */
  readonly because: string | undefined;
  readonly ruleId: string;
}

/**
 * `isFile`: whether a place of a finding is a path of the repository; a title or a rationale is none. Only call it with
 * a verdict whose signature was verified.
 */
export function sarifOf(
  { subject, predicate }: Verdict,
  isFile: (path: string) => boolean,
): Readonly<Record<string, unknown>> {
  const all = predicate.checks.flatMap((check) => check.findings.map((found) => named(check, found)));
  const rules = [...Map.groupBy(all, ({ ruleId }) => ruleId).entries()];
  const ids = rules.map(([id]) => id);
  const seen = new Map<string, number>();
  const run = {
    tool: {
      driver: {
        name: "countersign",
        version: predicate.verifier.version["countersign"] ?? "unknown",
        rules: rules.map(([id, group]) => ruleOf(id, group)),
      },
      extensions: extensionsOf(predicate),
    },
    automationDetails: { id: `countersign/patch/${predicate.patchId}` },
    invocations: [invocationOf(predicate)],
    originalUriBaseIds: { [ROOT]: { description: { text: "The root of the repository." } } },
    versionControlProvenance: [
      {
        repositoryUri: predicate.resourceUri,
        revisionId: predicate.base.digest.gitCommit,
        branch: predicate.targetRef,
        mappedTo: { uriBaseId: ROOT },
      },
    ],
    results: all.map((one) => resultOf(one, ids.indexOf(one.ruleId), isFile, seen)),
    columnKind: "utf16CodeUnits",
    properties: {
      outcome: predicate.outcome,
      patchId: predicate.patchId,
      patchSha256: subject[0].digest.sha256,
      policySha256: predicate.policy.digest.sha256,
      checks: Object.fromEntries(predicate.checks.map(({ id, result }) => [id, result])),
    },
  };
  return { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
}

/** A finding that was let pass says in its message which reason it would have had. */
function named(check: Check, found: Finding): Named {
  const { code, message } = found.refusal;
  const pass = isLetPass(found)
    ? /^let pass(?: until \S{1,40})? \(([a-z_]{1,40})\): ([^]*)$/.exec(message)
    : null;
  const was = pass?.[1];
  const real = reasonCodes.find((one) => one === was) ?? code;
  const because = isLetPass(found) ? (pass?.[2] ?? message) : undefined;
  return { check, found, code: real, because, ruleId: `${real}/${found.rule}` };
}

function ruleOf(id: string, group: readonly Named[]): Readonly<Record<string, unknown>> {
  const code = group[0]?.code ?? "internal";
  const { means, fix } = reasons[code];
  return {
    id,
    name: code,
    shortDescription: { text: means },
    help: { text: fix },
    properties: { rule: group[0]?.found.rule, code },
  };
}

function resultOf(
  one: Named,
  ruleIndex: number,
  isFile: (path: string) => boolean,
  seen: Map<string, number>,
): Readonly<Record<string, unknown>> {
  const { check, found, because, ruleId } = one;
  const { message, fix, ref } = found.refusal;
  return {
    ruleId,
    ruleIndex,
    level: because === undefined ? LEVEL[check.result] : "note",
    message: { text: plain(`${message}. ${fix}`) },
    locations: [locationOf(found, isFile)],
    partialFingerprints: { "countersign/v1": fingerprint(one, seen) },
    ...(because === undefined
      ? {}
      : { suppressions: [{ kind: "external", status: "accepted", justification: because }] }),
    properties: { check: check.id, result: check.result, ref },
  };
}

/**
 * The same while lines move: what fired where, and the how-manieth of its like. The line itself is left out: a short
 * secret could be guessed from its digest.
 */
function fingerprint({ found, ruleId, because }: Named, seen: Map<string, number>): string {
  const text = because === undefined ? found.refusal.message : "";
  const like = JSON.stringify([ruleId, pathOf(found), text]);
  const count = seen.get(like) ?? 0;
  seen.set(like, count + 1);
  return sha256(`${like}:${count}`);
}

function locationOf(found: Finding, isFile: (path: string) => boolean): Readonly<Record<string, unknown>> {
  const path = pathOf(found);
  if (!isInside(path) || (found.line === null && !isFile(path)))
    return { logicalLocations: [{ fullyQualifiedName: path === "" ? "patch" : path }] };
  const artifactLocation = { uri: path.split("/").map(encodeURIComponent).join("/"), uriBaseId: ROOT };
  const line = found.line ?? 0;
  return { physicalLocation: { artifactLocation, ...(line < 1 ? {} : { region: { startLine: line } }) } };
}

/** A rejected patch may name anything; a viewer that follows `../` from the root would open files of its user. */
function isInside(path: string): boolean {
  return path.isWellFormed() && !path.split("/").some((part) => part === "" || part === "." || part === "..");
}

/** In messages `[text](target)` is a link and `{0}` a placeholder (3.11.5 and 3.11.6); agents' words make neither. */
function plain(text: string): string {
  return text.replaceAll("](", "] (").replaceAll(/\{(\d+)\}/g, "{{$1}}");
}

/** Tools that are not ours, and the rule packs that judged. */
function extensionsOf({ checks, policy }: Verdict["predicate"]): readonly unknown[] {
  const tools = new Map(
    checks
      .filter(({ tool }) => tool.name !== "countersign")
      .map(({ tool }) => [`${tool.name} ${tool.version}`, { name: tool.name, version: tool.version }]),
  );
  const { rules } = policy.annotations;
  const packs =
    typeof rules === "string"
      ? [{ name: "countersign-rules", version: rules }]
      : Object.entries(rules).map(([name, { version, digest }]) => ({
          name: `countersign-rules-${name}`,
          version,
          properties: { sha256: digest.sha256 },
        }));
  return [...tools.values(), ...packs];
}

/** A check that could not be carried out found nothing, which is not the same as that there was nothing. */
function invocationOf({ checks, timeVerified }: Verdict["predicate"]): Readonly<Record<string, unknown>> {
  const unrun = checks.filter(({ result }) => result === "ERROR" || result === "SKIPPED");
  return {
    executionSuccessful: checks.every(({ result }) => result !== "ERROR"),
    endTimeUtc: timeVerified,
    toolExecutionNotifications: unrun.map(({ id, result }) => ({
      level: LEVEL[result],
      message: { text: `the check ${id} ended as ${result}` },
      descriptor: { id: `check/${id}` },
    })),
  };
}
