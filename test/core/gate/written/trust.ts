// Vectors of what comes before a comparison: lanes, anchors, and which of several failures is recorded.
import type { Line } from "./cells.ts";

const VERIFIED = "verified";
const ASSERTED = "asserted";
const LANES = [VERIFIED, ASSERTED];

/** Every minimum of policy, condition and gate, with and without dev.permissive, over evidence of both lanes. */
export function lanes(): readonly Line[] {
  const permits: Readonly<Record<string, object | undefined>> = {
    off: undefined,
    on: { until: 1000, exempt: [] },
    over: { until: 999, exempt: [] },
    exempt: { until: 1000, exempt: ["json"] },
    "exempt-another": { until: 1000, exempt: ["http"] },
  };
  const asks = LANES.flatMap((policy) =>
    [undefined, ...LANES].flatMap((own) => [undefined, ...LANES].map((gate) => ({ policy, own, gate }))),
  );
  return asks.flatMap((ask) =>
    Object.entries(permits).flatMap(([name, permissive]) =>
      LANES.map((lane) => laneLine(lane, ask, name, permissive)),
    ),
  );
}

interface Ask {
  readonly policy: string;
  readonly own: string | undefined;
  readonly gate: string | undefined;
}

function laneLine(
  lane: string,
  { policy, own, gate }: Ask,
  name: string,
  permissive: object | undefined,
): Line {
  const lowered = name === "on" || name === "exempt-another";
  const asked = [lowered ? ASSERTED : policy, own, gate].includes(VERIFIED) ? VERIFIED : ASSERTED;
  const enough = lane === VERIFIED || asked === ASSERTED;
  return {
    id: `lane/${lane}: policy ${policy}, condition ${own ?? "-"}, gate ${gate ?? "-"}, permissive ${name}`,
    kind: "condition",
    condition: { comparator: "exists", ...(own !== undefined && { min_lane: own }) },
    ...(gate !== undefined && { gate_min_lane: gate }),
    evidence: { lane, value: "true" },
    trust: { min_lane: policy, now: 999, ...(permissive && { permissive }) },
    state: enough ? "true" : "unknown",
    reason: enough ? null : "trust_lane",
    min_lane: asked,
  };
}

const RULE = { type: "file_path_rooted", fields: ["path", "root_id"] };

/** Anchor (undefined: there is none) and its fault; row D19. */
const ANCHORS: readonly (readonly [
  name: string,
  value: string | undefined,
  fault: string | null,
  type?: string,
])[] = [
  ["as it should be", '{"path":"a/b.json","root_id":"main"}', null],
  ["numbers", '{"path":1,"root_id":2.5}', null],
  ["another field besides", '{"line":null,"path":"a","root_id":"b"}', null],
  ["empty texts", '{"path":"","root_id":""}', null],
  ["no anchor", undefined, "anchor_missing"],
  ["of another type", '{"path":"a","root_id":"b"}', "anchor_type", "url"],
  ["type in another case", '{"path":"a","root_id":"b"}', "anchor_type", "File_Path_Rooted"],
  ["no type", '{"path":"a","root_id":"b"}', "anchor_type", ""],
  ["empty", "", "anchor_json"],
  ["no JSON", "path=a", "anchor_json"],
  ["cut off", '{"path":"a"', "anchor_json"],
  ["two objects", '{"path":"a","root_id":"b"}{}', "anchor_json"],
  ["a key twice", '{"path":"a","path":"b","root_id":"c"}', "anchor_json"],
  ["a key twice, escaped", '{"path":"a","\\u0070ath":"b","root_id":"c"}', "anchor_json"],
  ["a lone surrogate", '{"path":"\\ud800","root_id":"b"}', "anchor_json"],
  ["nested too deeply", `{"path":"a","root_id":"b","x":${"[".repeat(64)}${"]".repeat(64)}}`, "anchor_json"],
  ["a list", '["path","root_id"]', "anchor_object"],
  ["a text", '"path"', "anchor_object"],
  ["a number", "1", "anchor_object"],
  ["null", "null", "anchor_object"],
  ["true", "true", "anchor_object"],
  ["white space inside", '{"path": "a","root_id":"b"}', "anchor_canonical"],
  ["white space before", ' {"path":"a","root_id":"b"}', "anchor_canonical"],
  ["white space behind", '{"path":"a","root_id":"b"}\n', "anchor_canonical"],
  ["keys not sorted", '{"root_id":"b","path":"a"}', "anchor_canonical"],
  ["a number of another spelling", '{"path":1.0,"root_id":"b"}', "anchor_canonical"],
  ["an escape that is not needed", '{"path":"\\u0061","root_id":"b"}', "anchor_canonical"],
  ["no field at all", "{}", "anchor_field_missing"],
  ["the first field missing", '{"root_id":"b"}', "anchor_field_missing"],
  ["the last field missing", '{"path":"a"}', "anchor_field_missing"],
  ["a field in another case", '{"Path":"a","root_id":"b"}', "anchor_field_missing"],
  ["fields one level down", '{"file":{"path":"a","root_id":"b"}}', "anchor_field_missing"],
  ["a field true", '{"path":true,"root_id":"b"}', "anchor_field_type"],
  ["a field null", '{"path":null,"root_id":"b"}', "anchor_field_type"],
  ["a field a list", '{"path":["a"],"root_id":"b"}', "anchor_field_type"],
  ["a field an object", '{"path":{},"root_id":"b"}', "anchor_field_type"],
  ["the last field false", '{"path":"a","root_id":false}', "anchor_field_type"],
];

export function anchors(): readonly Line[] {
  const line = (id: string, anchor: object | undefined, anchors: object, fault: string | null): Line => ({
    id: `anchor/${id}`,
    kind: "condition",
    condition: { comparator: "exists" },
    evidence: { value: "true", ...(anchor && { anchor }) },
    trust: { anchors },
    state: fault === null ? "true" : "unknown",
    reason: fault === null ? null : "anchor_invalid",
    detail: fault,
  });
  const proto = { type: RULE.type, value: '{"path":"a","root_id":"b"}' };
  return [
    ...ANCHORS.map(([name, value, fault, type = RULE.type]) =>
      line(name, value === undefined ? undefined : { type, value }, { json: RULE }, fault),
    ),
    line("no rule for the provider", undefined, {}, null),
    line("no rule for the provider, and no JSON", { type: "x", value: "x" }, {}, null),
    line("a rule for another provider", undefined, { http: RULE }, null),
    line(
      "a field that every object has",
      proto,
      { json: { type: RULE.type, fields: ["constructor"] } },
      "anchor_field_missing",
    ),
    line(
      "a field __proto__",
      proto,
      { json: { type: RULE.type, fields: ["__proto__"] } },
      "anchor_field_missing",
    ),
  ];
}

const FAULTS = ["lane", "error", "anchor", "signature", "type", "comparator"] as const;
const REASONS: Readonly<Record<(typeof FAULTS)[number], string>> = {
  lane: "trust_lane",
  error: "provider_error",
  anchor: "anchor_invalid",
  signature: "provider_error",
  type: "evidence_type",
  comparator: "comparator_unknown",
};
const DETAILS: Readonly<Record<(typeof FAULTS)[number], string | null>> = {
  lane: null,
  error: "http_timeout",
  anchor: "anchor_missing",
  signature: "signature_missing",
  type: "type_string",
  comparator: null,
};

/** Every set of failures: recorded is the first in the order lane, error, anchor, signature, type, comparator. */
export function precedence(): readonly Line[] {
  const lines: Line[] = [];
  for (let set = 0; set < 2 ** FAULTS.length; set += 1) {
    const fails = FAULTS.filter((_, at) => (set & (1 << at)) !== 0);
    const has = (fault: (typeof FAULTS)[number]): boolean => fails.includes(fault);
    // Only the provider `signed` needs a proof; the same condition of json needs none.
    const provider = has("signature") ? "signed" : "json";
    const first = fails[0];
    lines.push({
      id: `precedence/${fails.join("+") || "nothing"}`,
      kind: "condition",
      condition: {
        provider,
        comparator: has("comparator") ? "deep_equals" : "equals",
        expected: '"ok"',
        types: [has("type") ? "integer" : "string"],
      },
      evidence: {
        lane: has("lane") ? ASSERTED : VERIFIED,
        value: '"ok"',
        ...(has("error") && { error: "http_timeout" }),
        ...(!has("anchor") && { anchor: { type: "place", value: '{"at":1}' } }),
      },
      trust: { anchors: { [provider]: { type: "place", fields: ["at"] } } },
      state: first === undefined ? "true" : "unknown",
      reason: first === undefined ? null : REASONS[first],
      detail: first === undefined ? null : DETAILS[first],
    });
  }
  return lines;
}
