// What can be asked, and in which lane the answer comes: from its origin, and whoever asks more or less than that is refused.
import { describe, expect, test } from "vitest";
import { askable, laneOf, providerNames, questions } from "../../../src/core/gate/providers.ts";
import { typeClasses } from "../../../src/core/gate/condition.ts";

const checks = providerNames.flatMap((provider) =>
  Object.entries(questions[provider]).map(([check, words]) => ({ provider, check, words })),
);

describe("lanes", () => {
  test("only what the caller says is asserted, and of that not the principal whom the gateway authenticated", () => {
    const places = ["gateway", "validator", "integrator"] as const;
    const asserted = checks.flatMap(({ provider, check }) =>
      places
        .filter((place) => laneOf(provider, check, place) === "asserted")
        .map((place) => `${provider}.${check} ${place}`),
    );
    const told = ["claim", "principal", "change_type", "risk_level"].flatMap((check) =>
      places.map((place) => `caller.${check} ${place}`),
    );
    expect(asserted).toEqual(told.filter((line) => line !== "caller.principal gateway"));
  });

  test("a check of the caller that there is not is asserted too", () => {
    expect(laneOf("caller", "anything", "gateway")).toBe("asserted");
    expect(laneOf("caller", "Principal", "gateway")).toBe("asserted");
  });
});

describe("who may be asked", () => {
  test("a call asks nothing that takes long, leaves the house or reads the repository", () => {
    expect(askable("read-file")).toEqual(["time", "env", "json", "caller"]);
    expect(askable("anything")).toEqual(askable("read-file"));
    expect(askable("propose-patch")).toEqual(["time", "env", "json", "caller", "signed"]);
    for (const gate of ["verdict", "landing"]) expect(askable(gate)).toEqual(providerNames);
  });
});

describe("questions", () => {
  const asked: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "time.after": { instant: "2024-01-01T00:00:00Z" },
    "time.before": { instant: "2024-01-01T00:00:00Z" },
    "env.get": { key: "CI" },
    "json.path": { file: "report.json" },
    "http.status": { url: "https://ci.example/status" },
    "http.body_hash": { url: "https://ci.example/status" },
    "http.json": { url: "https://ci.example/status" },
    "git.touches": { globs: ["src/**"] },
    "checks.result": { name: "scan" },
    "checks.findings": { name: "scan" },
    "checks.exit": { name: "command-tests" },
    "checks.coverage": { name: "command-tests" },
    "caller.claim": { name: "tests" },
    "signed.statement": { name: "tests" },
  };

  test.each(checks.map(({ provider, check, words }) => [`${provider}.${check}`, words] as const))(
    "%s",
    (name, words) => {
      const params = asked[name] ?? {};
      expect(words.params.safeParse(params).success).toBe(true);
      // One word too many, one too few, and a text where it stands are refused.
      expect(words.params.safeParse({ ...params, lane: "verified" }).success).toBe(false);
      for (const key of Object.keys(params)) {
        expect(
          words.params.safeParse(
            Object.fromEntries(Object.entries(params).filter(([other]) => other !== key)),
          ).success,
        ).toBe(false);
        expect(words.params.safeParse({ ...params, [key]: "" }).success).toBe(false);
        expect(words.params.safeParse({ ...params, [key]: 1 }).success).toBe(false);
      }
      if (words.types === "declared") return;
      expect(words.types.length).toBeGreaterThan(0);
      for (const type of words.types) expect(typeClasses).toContain(type);
      // Words go with enum, and with nothing else.
      expect(words.words !== undefined).toBe(words.types.includes("enum"));
    },
  );

  test("only claims, files, answers of http and signed statements are of a type that the condition says", () => {
    const declared = checks
      .filter(({ words }) => words.types === "declared")
      .map(({ provider, check }) => `${provider}.${check}`);
    expect(declared).toEqual(["json.path", "http.json", "caller.claim", "signed.statement"]);
  });

  test("parameters have an end", () => {
    expect(questions.git["touches"]?.params.safeParse({ globs: [] }).success).toBe(false);
    expect(
      questions.git["touches"]?.params.safeParse({ globs: Array.from({ length: 101 }, () => "a") }).success,
    ).toBe(false);
    expect(questions.env["get"]?.params.safeParse({ key: "A".repeat(1001) }).success).toBe(false);
  });
});
