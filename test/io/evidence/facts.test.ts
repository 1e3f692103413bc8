// D02, D25: time, env, git, checks and caller: every check of the table, and what each says instead of a guess.
import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/base/canonical.ts";
import { questions } from "../../../src/core/gate/providers.ts";
import { callerProvider } from "../../../src/io/evidence/caller.ts";
import { checksProvider } from "../../../src/io/evidence/checks.ts";
import { envProvider } from "../../../src/io/evidence/env.ts";
import { gitProvider } from "../../../src/io/evidence/git.ts";
import type {
  CallerFacts,
  ChecksFacts,
  EvidenceProvider,
  GitFacts,
} from "../../../src/io/evidence/provider.ts";
import { timeProvider } from "../../../src/io/evidence/time.ts";
import { question, tell } from "../../support/questions.ts";

type Row = readonly [check: string, params: Readonly<Record<string, Json>>, expected: string];

/** A Monday. */
const NOW = Date.UTC(2026, 5, 1, 23, 59, 59, 500);
const signal = new AbortController().signal;

describe("time", () => {
  test.each<Row>([
    ["now", {}, String(NOW)],
    ["hour", {}, "23"],
    ["weekday", {}, "1"],
    ["after", { instant: "2026-06-01T23:59:59.499Z" }, "true"],
    ["after", { instant: "2026-06-01T23:59:59.500Z" }, "false"],
    ["after", { instant: "2026-06-01T23:59:59.5000000001Z" }, "false"],
    ["before", { instant: "2026-06-01T23:59:59.500Z" }, "false"],
    ["before", { instant: "2026-06-01T23:59:59.5000000001Z" }, "true"],
    ["before", { instant: "2026-06-02T01:59:59.501+02:00" }, "true"],
    ["after", { instant: String(NOW - 1) }, "true"],
    ["after", { instant: String(NOW) }, "false"],
    ["before", { instant: String(NOW + 1) }, "true"],
    ["after", { instant: "-1" }, "true"],
    ["after", { instant: "2026-06-01" }, "time_instant"],
    ["after", { instant: "2026-02-30T00:00:00Z" }, "time_instant"],
    ["before", { instant: "9".repeat(16) }, "time_instant"],
    ["before", { instant: "tomorrow" }, "time_instant"],
    ["zone", {}, "time_check"],
    ["constructor", {}, "time_check"],
  ])("%s %j: %s", async (check, params, expected) => {
    expect(
      await tell(
        timeProvider(() => NOW),
        "time",
        check,
        params,
      ),
    ).toBe(expected);
  });

  test("Sunday is 7, and years before 1970 have hours as well", async () => {
    expect(
      await tell(
        timeProvider(() => Date.UTC(2026, 5, 7)),
        "time",
        "weekday",
      ),
    ).toBe("7");
    expect(
      await tell(
        timeProvider(() => -1),
        "time",
        "hour",
      ),
    ).toBe("23");
    const before = timeProvider(() => -1);
    expect(await tell(before, "time", "before", { instant: "1970-01-01T00:00:00Z" })).toBe("true");
    expect(await tell(before, "time", "after", { instant: "1969-12-31T23:59:59.998Z" })).toBe("true");
  });

  test.each([NaN, Infinity, 1.5])("a clock that shows %d shows nothing", async (now) => {
    expect(
      await tell(
        timeProvider(() => now),
        "time",
        "now",
      ),
    ).toBe("time_clock");
  });
});

describe("env", () => {
  const env = {
    SET: "x",
    EMPTY: "",
    BLOCKED: "hunter2",
    BIG: "y".repeat(65_536),
    HUGE: "y".repeat(65_537),
    ODD: "\ud800",
  };
  const provider = envProvider(
    ["SET", "EMPTY", "UNSET", "BIG", "HUGE", "ODD", "toString", "K".repeat(256)],
    env,
  );
  test.each<Row>([
    ["get", { key: "SET" }, '"x"'],
    ["get", { key: "EMPTY" }, '""'],
    ["get", { key: "UNSET" }, "nothing"],
    ["get", { key: "toString" }, "nothing"],
    ["get", { key: "BLOCKED" }, "env_blocked"],
    ["get", { key: "set" }, "env_blocked"],
    ["get", { key: "HUGE" }, "env_too_large"],
    ["get", { key: "ODD" }, "env_not_text"],
    ["get", { key: "K".repeat(256) }, "env_key"],
    ["list", {}, "env_check"],
  ])("%s %j: %s", async (check, params, expected) => {
    expect(await tell(provider, "env", check, params)).toBe(expected);
  });

  test("the largest value comes whole", async () => {
    expect(await tell(provider, "env", "get", { key: "BIG" })).toHaveLength(65_538);
  });

  test("an empty list allows nothing, and no refusal holds a value", async () => {
    expect(await tell(envProvider([], env), "env", "get", { key: "SET" })).toBe("env_blocked");
    const said = [
      provider.ask(question("env", "get", { key: "BLOCKED" }), signal),
      provider.ask(question("env", "get", { key: "HUGE" }), signal),
    ];
    expect(JSON.stringify(await Promise.all(said))).not.toMatch(/hunter2|yyy/);
  });
});

const facts: GitFacts = {
  targetRef: "refs/heads/main",
  baseCommit: "a".repeat(40),
  baseTree: "b".repeat(40),
  resultTree: "c".repeat(40),
  baseIsTip: true,
  changes: [
    { path: "src/a.ts", kind: "modify", added: 3, removed: 1 },
    { path: "docs/b.md", kind: "create", added: 10, removed: 0 },
    { path: "old/c.ts", kind: "delete", added: 0, removed: 7 },
  ],
};

describe("git", () => {
  test.each<Row>([
    ["target_ref", {}, '"refs/heads/main"'],
    ["base_commit", {}, JSON.stringify(facts.baseCommit)],
    ["base_tree", {}, JSON.stringify(facts.baseTree)],
    ["result_tree", {}, JSON.stringify(facts.resultTree)],
    ["base_is_tip", {}, "true"],
    ["changed_paths", {}, '["src/a.ts","docs/b.md","old/c.ts"]'],
    ["created_paths", {}, '["docs/b.md"]'],
    ["deleted_paths", {}, '["old/c.ts"]'],
    ["changed_files", {}, "3"],
    ["added_lines", {}, "13"],
    ["removed_lines", {}, "8"],
    ["touches", { globs: ["src/**"] }, "true"],
    ["touches", { globs: ["old/*", "nothing"] }, "true"],
    ["touches", { globs: ["lib/**", "*.ts"] }, "false"],
    ["touches", { globs: ["["] }, "git_globs"],
    ["touches", { globs: "src/**" }, "git_globs"],
    ["touches", {}, "git_globs"],
    ["toString", {}, "git_check"],
  ])("%s %j: %s", async (check, params, expected) => {
    expect(
      await tell(
        gitProvider(() => Promise.resolve(facts)),
        "git",
        check,
        params,
      ),
    ).toBe(expected);
  });

  test("what is not known is an error, also for a tree that was not built", async () => {
    const failing = gitProvider(() => Promise.reject(new Error("hunter2")));
    expect(await tell(failing, "git", "touches", { globs: ["*"] })).toBe("git_unavailable");
    const { resultTree: _none, ...rest } = facts;
    const unbuilt = gitProvider(() => Promise.resolve(rest));
    expect(await tell(unbuilt, "git", "result_tree")).toBe("git_unavailable");
    expect(await tell(unbuilt, "git", "base_is_tip")).toBe("true");
  });

  test("git is asked once for all conditions of an evaluation", async () => {
    let asked = 0;
    const provider = gitProvider(() => {
      asked += 1;
      return Promise.resolve(facts);
    });
    await Promise.all(
      ["base_tree", "base_commit", "changed_files"].map((check) => tell(provider, "git", check)),
    );
    expect(asked).toBe(1);
  });
});

const tool = { name: "countersign", version: "0" };
const finding = { rule: "r", line: null, refusal: { code: "gate_held", message: "m" } };
const checks = [
  { id: "structure", result: "PASSED", tool, findings: [] },
  { id: "secrets", result: "WARNED", tool, findings: [finding, finding] },
  { id: "twice", result: "PASSED", tool, findings: [] },
  { id: "twice", result: "FAILED", tool, findings: [] },
] as unknown as ChecksFacts["checks"];

describe("checks", () => {
  const provider = checksProvider(() => ({ checks, protectedPaths: false }));
  test.each<Row>([
    ["result", { name: "structure" }, '"PASSED"'],
    ["result", { name: "secrets" }, '"WARNED"'],
    ["findings", { name: "secrets" }, "2"],
    ["findings", { name: "structure" }, "0"],
    ["passed", {}, "false"],
    ["unpassed", {}, '["secrets","twice"]'],
    ["protected", {}, "false"],
    ["result", { name: "nobody" }, "checks_unknown"],
    ["findings", { name: "nobody" }, "checks_unknown"],
    ["result", { name: "twice" }, "checks_unknown"],
    ["all", {}, "checks_check"],
  ])("%s %j: %s", async (check, params, expected) => {
    expect(await tell(provider, "checks", check, params)).toBe(expected);
  });

  test.each(["passed", "unpassed", "result", "findings"])(
    "%s of no check at all is unknown",
    async (check) => {
      const none = checksProvider(() => ({ checks: [], protectedPaths: undefined }));
      expect(await tell(none, "checks", check, { name: "structure" })).toBe("checks_unavailable");
    },
  );

  test("paths of which nobody knows whether they are protected are not unprotected", async () => {
    const none = checksProvider(() => ({ checks, protectedPaths: undefined }));
    expect(await tell(none, "checks", "protected")).toBe("checks_unavailable");
  });

  test("passed is true when all passed", async () => {
    const fine = checksProvider(() => ({ checks: checks.slice(0, 1), protectedPaths: true }));
    expect(await tell(fine, "checks", "passed")).toBe("true");
    expect(await tell(fine, "checks", "protected")).toBe("true");
  });
});

describe("caller", () => {
  const caller: CallerFacts = {
    principal: "agent",
    changeType: "refactor",
    riskLevel: undefined,
    claims: [
      { name: "tests_passed", value: true },
      { name: "nothing", value: null },
      { name: "twice", value: 1 },
      { name: "twice", value: 2 },
    ],
  };
  test.each<Row>([
    ["principal", {}, '"agent"'],
    ["change_type", {}, '"refactor"'],
    ["risk_level", {}, "caller_unavailable"],
    ["claim", { name: "tests_passed" }, "true"],
    ["claim", { name: "nothing" }, "null"],
    ["claim", { name: "absent" }, "nothing"],
    ["claim", { name: "twice" }, "caller_claim_twice"],
    ["toString", {}, "caller_check"],
  ])("%s %j: %s", async (check, params, expected) => {
    expect(await tell(callerProvider(caller, "gateway"), "caller", check, params)).toBe(expected);
  });

  test("only the gateway's word about the principal is verified", async () => {
    for (const place of ["gateway", "validator", "integrator"] as const) {
      for (const check of ["principal", "change_type", "claim", "risk_level"]) {
        const found = await callerProvider(caller, place).ask(
          question("caller", check, { name: "tests_passed" }),
          signal,
        );
        expect(found.lane).toBe(check === "principal" && place === "gateway" ? "verified" : "asserted");
      }
    }
  });
});

test("every check of the table has an answer here, and no other has", async () => {
  const providers: Readonly<Record<string, EvidenceProvider>> = {
    time: timeProvider(() => NOW),
    env: envProvider([], {}),
    git: gitProvider(() => Promise.resolve(facts)),
    checks: checksProvider(() => ({ checks, protectedPaths: true })),
    caller: callerProvider({ principal: "p", changeType: "t", riskLevel: "l", claims: [] }, "gateway"),
  };
  const params = { instant: "0", key: "K", name: "structure", globs: ["x"] };
  for (const [name, provider] of Object.entries(providers)) {
    const known = name as keyof typeof questions;
    for (const check of Object.keys(questions[known]))
      expect(await tell(provider, known, check, params)).not.toBe(`${name}_check`);
  }
});

describe("anchors", () => {
  test.each<
    readonly [keyof typeof questions, EvidenceProvider, string, Readonly<Record<string, Json>>, unknown]
  >([
    ["time", timeProvider(() => NOW), "now", {}, { type: "server_clock", value: `{"unix_millis":${NOW}}` }],
    ["env", envProvider(["A"], {}), "get", { key: "A" }, { type: "env", value: '{"key":"A"}' }],
    [
      "git",
      gitProvider(() => Promise.resolve(facts)),
      "base_is_tip",
      {},
      {
        type: "git_tree",
        value: `{"commit":"${facts.baseCommit}","result_tree":"${facts.resultTree}","tree":"${facts.baseTree}"}`,
      },
    ],
    [
      "checks",
      checksProvider(() => ({ checks, protectedPaths: false })),
      "result",
      { name: "structure" },
      { type: "verdict_checks", value: '{"check":"result","name":"structure"}' },
    ],
    [
      "caller",
      callerProvider({ principal: "p", changeType: undefined, riskLevel: undefined, claims: [] }, "gateway"),
      "claim",
      { name: "x" },
      { type: "order", value: '{"check":"claim","name":"x"}' },
    ],
  ])("%s", async (name, provider, check, params, anchor) => {
    expect((await provider.ask(question(name, check, params), signal)).anchor).toEqual(anchor);
  });
});
