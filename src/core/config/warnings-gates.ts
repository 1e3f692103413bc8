// What is allowed in gates, evidence and dev.permissive and still deserves a second look.
import { instant } from "../base/time.ts";
import { type GatePlace, laneOf } from "../gate/providers.ts";
import { leavesOf } from "../gate/requirement.ts";
import type { Config } from "./schema.ts";
import { checkOf, type ConditionEntry, type GateEntry, type GateName, gateNames } from "./schema-gates.ts";
import type { Warning } from "./warning.ts";

export function gateWarnings(config: Config, until: number | undefined): readonly Warning[] {
  const { evidence, dev, gates, server } = config;
  const found: (Warning | false)[] = [
    dev.permissive && {
      key: "dev.permissive",
      message: `is true: what callers claim is evidence enough${until === undefined ? "" : ` until ${instant(until)}`}`,
    },
    evidence.raw_providers.length > 0 &&
      !(evidence.allow_raw_values && evidence.require_provider_opt_in) && {
        key: "evidence.raw_providers",
        message: evidence.allow_raw_values
          ? "changes nothing: evidence.require_provider_opt_in is off, so every value is shown"
          : "changes nothing: evidence.allow_raw_values is off, so no value is shown",
      },
    gates["read-file"] !== undefined &&
      gates["search-files"] === undefined &&
      server.tools.allow.includes("search-files") &&
      !server.tools.deny.includes("search-files") && {
        key: "gates.read-file",
        message: "guards read-file alone: search-files shows the lines of the same files, and has no gate",
      },
  ];
  return [
    ...found.filter((one) => one !== false),
    ...unused(config),
    ...idleLanes(config),
    ...loose(config),
    ...gateNames.flatMap((name) => {
      const entry = config.gates[name];
      return entry === undefined ? [] : unprovable(config, name, entry);
    }),
  ];
}

/** The preset's conditions stay when the file replaces its gates, so an idle one is no fault. */
function unused({ conditions, gates }: Config): readonly Warning[] {
  const used = new Set(gateNames.flatMap((name) => leavesOf(gates[name]?.require ?? { all: [] })));
  return conditions
    .filter(({ id }) => !used.has(id))
    .map(({ id }) => ({ key: `conditions.${id}`, message: "is asked by no gate" }));
}

/** Asked of a value that may be anything, they hold for every mistake: a list for a word, an empty file. */
const NEGATIVE: readonly string[] = ["not_equals", "deep_not_equals", "not_exists"];

function loose({ conditions }: Config): readonly Warning[] {
  return conditions
    .filter(({ type, comparator }) => type === "dynamic" && NEGATIVE.includes(comparator))
    .map(({ id, comparator }) => ({
      key: `conditions.${id}.type`,
      message: `dynamic: ${comparator} holds for every answer of another kind, too`,
    }));
}

/** Written as if it lowered something; the strictest lane holds. */
function idleLanes({ trust, conditions, gates }: Config): readonly Warning[] {
  if (trust.min_lane !== "verified") return [];
  const entries: readonly (readonly [key: string, lane: ConditionEntry["min_lane"]])[] = [
    ...conditions.map(({ id, min_lane: lane }) => [`conditions.${id}.min_lane`, lane] as const),
    ...gateNames.map((name) => [`gates.${name}.min_lane`, gates[name]?.min_lane] as const),
  ];
  return entries
    .filter(([, lane]) => lane === "asserted")
    .map(([key]) => ({ key, message: "asserted lowers nothing: trust.min_lane is verified" }));
}

/** What is only asserted there can never be enough where verified evidence is asked for. */
function unprovable({ conditions, trust, dev }: Config, name: GateName, gate: GateEntry): readonly Warning[] {
  const leaves = new Set(leavesOf(gate.require));
  return conditions.flatMap((entry): Warning[] => {
    const { id, provider, min_lane: lane } = entry;
    if (!leaves.has(id) || laneOf(provider, checkOf(entry), placeOf(name)) === "verified") return [];
    const lowered = dev.permissive && !dev.exempt_providers.includes(provider);
    const verified = [lane, gate.min_lane, lowered ? undefined : trust.min_lane].includes("verified");
    if (!verified) return [];
    const message = `asks for ${id}, which is only ever asserted there, and verified evidence is needed: it never holds`;
    return [{ key: `gates.${name}.require`, message }];
  });
}

function placeOf(gate: GateName): GatePlace {
  if (gate === "verdict") return "validator";
  return gate === "landing" ? "integrator" : "gateway";
}
