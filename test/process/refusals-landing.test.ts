// Every way of not landing, through real processes: its own reason code, an audit entry, nothing changed in the repository.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bin, content, person, propose, type Served, serve } from "../support/agent.ts";
import { auditEntries } from "../support/log.ts";
import { create, FILES, LIMITS, replace, snapshot } from "../support/refusal-scene.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

describe("at the landing", () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(scratchRepository("landings", FILES), LIMITS);
  });
  afterAll(async () => {
    await served.stop();
    removeScratch(served.repo);
  });

  const approved = async (value: number): Promise<{ id: string; sha: string }> => {
    const said = content(await propose(served, replace("src/a.ts", "a = 1", `a = ${value}`)));
    expect(said["state"]).toBe("approved");
    return { id: String(said["patch_id"]), sha: String(said["patch_sha256"]) };
  };
  const refusedLanding = (id: string, code: string, ...more: readonly string[]): void => {
    const before = snapshot(served.repo);
    const result = person(served.state, "integrate", id, ...more);
    expect(result.stdout + result.stderr).toContain(code);
    expect(result.status).toBe(1);
    expect(snapshot(served.repo)).toBe(before);
    const entry = auditEntries(served.state).findLast(
      (logged) => logged.event === "landing.refused" && logged.data["patch_id"] === id,
    );
    expect(entry?.data["reason"]).toBe(code);
  };
  const inExchange = (place: string, name: string): string => join(served.state, "exchange", place, name);
  const changed = (file: string, change: (text: string) => string, then: () => void): void => {
    const text = readFileSync(file, "utf8");
    writeFileSync(file, change(text));
    then();
    writeFileSync(file, text);
  };

  test("a withdrawn patch", async () => {
    const { id } = await approved(10);
    expect(content(await served.client.call("withdraw-patch", { patch_id: id }))["state"]).toBe("withdrawn");
    await expect
      .poll(
        () => person(served.state, "integrate", id).stderr + person(served.state, "integrate", id).stdout,
        { timeout: 10_000 },
      )
      .toContain("patch_withdrawn");
    refusedLanding(id, "patch_withdrawn");
  });

  test("a landed patch", async () => {
    const { id } = await approved(11);
    expect(person(served.state, "integrate", id).status).toBe(0);
    refusedLanding(id, "already_landed");
  });

  test("a changed order, a changed verdict, another policy", async () => {
    const { id } = await approved(12);
    const order = inExchange("orders", `${id}.json`);
    changed(
      order,
      (text) => text.replace("a = 12", "a = 66"),
      () => refusedLanding(id, "order_changed"),
    );
    const verdict = inExchange("verdicts", `${id}.dsse.json`);
    const flip = (text: string): string => {
      const json = JSON.parse(text) as { payload: string };
      const payload = Buffer.from(json.payload, "base64").toString().replace('"APPROVED"', '"REJECTED"');
      return JSON.stringify({ ...json, payload: Buffer.from(payload).toString("base64") });
    };
    changed(verdict, flip, () => refusedLanding(id, "verdict_signature"));
    // In a file of its own: gateway and validator would take a changed countersign.toml over, and publish anew.
    const config = readFileSync(join(served.state, "countersign.toml"), "utf8");
    const other = join(served.state, "other.toml");
    writeFileSync(other, config.replace("max_files = 5", "max_files = 4"), { mode: 0o600 });
    refusedLanding(id, "policy_changed", "--config", other);
    expect(person(served.state, "integrate", id).status).toBe(0);
  });

  test("REJECTED stays out, whatever is confirmed; MANUAL_REQUIRED needs the right prefix", async () => {
    const rejected = content(
      await propose(served, replace(".github/workflows/ci.yml", "on: push", "on: [push]")),
    );
    expect(rejected["state"]).toBe("rejected");
    refusedLanding(String(rejected["patch_id"]), "verdict_rejected");
    refusedLanding(
      String(rejected["patch_id"]),
      "verdict_rejected",
      "--confirm",
      String(rejected["patch_sha256"]).slice(0, 32),
    );
    const manual = content(await propose(served, create("src/auth/login.ts", "export {};\n")));
    expect(manual["state"]).toBe("manual_required");
    refusedLanding(String(manual["patch_id"]), "confirm_required");
    refusedLanding(String(manual["patch_id"]), "confirm_mismatch", "--confirm", "0".repeat(32));
    expect(
      person(
        served.state,
        "integrate",
        String(manual["patch_id"]),
        "--confirm",
        String(manual["patch_sha256"]).slice(0, 32),
      ).status,
    ).toBe(0);
  });

  test("the same verdict landed by two processes at once: exactly one wins", async () => {
    for (let round = 0; round < 5; round++) {
      const { id } = await approved(100 + round);
      const both = [0, 1].map(
        () =>
          new Promise<number | null>((resolve) => {
            spawn(process.execPath, [bin, "integrate", id, "--state", served.state], {
              stdio: "ignore",
            }).once("exit", resolve);
          }),
      );
      expect((await Promise.all(both)).toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([0, 1]);
      const entries = auditEntries(served.state).filter((logged) => logged.data["patch_id"] === id);
      expect(entries.filter((logged) => logged.event === "landing.landed")).toHaveLength(1);
      expect(entries.filter((logged) => logged.event === "landing.refused")).toHaveLength(1);
    }
  });
});
