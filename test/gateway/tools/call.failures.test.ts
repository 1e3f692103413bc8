// The corridor when something breaks: nothing is disclosed, and without its log the process has to stop.
import { afterEach, describe, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { Store } from "../../../src/io/store/store.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
const open = async (toml: string, store: (real: Store) => Store): Promise<void> => {
  lab = await gatewayLab({ toml, store });
  await lab.publish({ "a.ts": "secret text\n" });
  await lab.shelf.refresh();
};
afterEach(() => lab.stop());
const last = () => lab.entries().at(-1)!;

describe("what fails inside", () => {
  const calls: string[] = [];
  const breaking =
    (fault: (method: string) => Error | undefined) =>
    (real: Store): Store =>
      new Proxy(real, {
        get(target, name: string) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          return (...args: unknown[]): unknown => {
            calls.push(name);
            const error = fault(name);
            if (error !== undefined) throw error;
            return Reflect.apply(value, target, args);
          };
        },
      });

  test("a handler that throws is a refusal, recorded, without a word about why", async () => {
    await open(
      "",
      breaking((method) => (method === "proposal" ? new TypeError("CANARY in /secret/place") : undefined)),
    );
    const outcome = await lab.call("patch-status", { patch_id: "00000000-0000-4000-8000-000000000000" });
    expect(outcome).toMatchObject({ kind: "refused", refusal: { code: "internal", where: "patch-status" } });
    expect(last()).toMatchObject({
      event: "call.refused",
      data: { reason: "internal", tool: "patch-status" },
    });
    expect(JSON.stringify([outcome, lab.entries()])).not.toContain("CANARY");
    expect(lab.fatal).toEqual([]);
  });

  test("over the limit, no work is done", async () => {
    await open(
      "[calls]\nper_minute = 1\n",
      breaking(() => undefined),
    );
    await lab.call("nope", {});
    calls.length = 0;
    expect(await lab.code("patch-status", { patch_id: "00000000-0000-4000-8000-000000000000" })).toBe(
      "rate_calls",
    );
    expect(calls).not.toContain("proposal");
  });

  test("when the entry cannot be written nothing is disclosed, and the process is told to stop", async () => {
    let broken = false;
    await open(
      "",
      breaking((method) =>
        broken && method === "recordCall" ? new CountersignError("storage", "disk full") : undefined,
      ),
    );
    broken = true;
    const outcome = await lab.call("read-file", { path: "a.ts" });
    expect(outcome).toMatchObject({ kind: "refused", refusal: { code: "limiter_unavailable" } });
    expect(JSON.stringify(outcome)).not.toContain("secret text");
    expect(lab.fatal.map(({ exitCode }) => exitCode)).toEqual([74]);
    // A later write may seem to work; a failed fsync must not be taken back.
    broken = false;
    calls.length = 0;
    expect(await lab.code("read-file", { path: "a.ts" })).toBe("limiter_unavailable");
    expect(calls).toEqual([]);
  });

  test("when limits cannot be read, nobody is let in, and nothing is run", async () => {
    let broken = false;
    await open(
      "[calls]\nper_minute = 1\n",
      breaking((method) =>
        broken && method === "excess" ? new CountersignError("storage", "the disk is gone") : undefined,
      ),
    );
    // Some of these are only counted so far.
    for (let n = 0; n < 15; n++) await lab.call("nope", {});
    broken = true;
    calls.length = 0;
    expect(
      await lab.call("patch-status", { patch_id: "00000000-0000-4000-8000-000000000000" }),
    ).toMatchObject({
      kind: "refused",
      refusal: { code: "limiter_unavailable", where: "patch-status" },
    });
    expect(calls).toEqual(["excess"]);
    expect(lab.fatal.map(({ exitCode }) => exitCode)).toEqual([74]);
    const who = { ...lab.as("p"), session: "s", credential: "local" };
    const said = refusal("input_invalid", "no request");
    expect(lab.corridor.reject("message", said, who)).toMatchObject({
      refusal: { code: "limiter_unavailable" },
    });
    lab.corridor.settle();
    expect(calls).toEqual(["excess"]);
  });

  test("when the effect itself cannot be stored, that is no matter of limits", async () => {
    await open(
      "",
      breaking((method) => (method === "submit" ? new CountersignError("storage", "disk full") : undefined)),
    );
    const base = lab.shelf.current()!.digest;
    const edits = [{ op: "create", path: "b.ts", new_text: "x\n" }];
    expect(await lab.code("propose-patch", proposalArgs(base, { edits }))).toBe("internal");
    expect(await lab.code("read-file", { path: "a.ts" })).toBe("internal");
    expect(lab.fatal).toHaveLength(1);
  });

  test("when a proposal cannot be recorded first, it is not made", async () => {
    let broken = false;
    await open(
      "",
      breaking((method) =>
        broken && method === "recordCall" ? new CountersignError("storage", "disk full") : undefined,
      ),
    );
    broken = true;
    const base = lab.shelf.current()!.digest;
    expect(
      await lab.code(
        "propose-patch",
        proposalArgs(base, { edits: [{ op: "create", path: "b.ts", new_text: "x\n" }] }),
      ),
    ).toBe("limiter_unavailable");
    expect(lab.store.outbox()).toEqual([]);
  });

  test("when another gateway has used up the limit in between, the store's count decides, before any effect", async () => {
    const blind = (real: Store): Store =>
      new Proxy(real, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          return name === "excess"
            ? () => undefined
            : typeof value === "function"
              ? (...args: unknown[]): unknown => Reflect.apply(value, target, args)
              : value;
        },
      });
    await open("[calls]\nper_minute = 1\n", blind);
    await lab.call("nope", {});
    const base = lab.shelf.current()!.digest;
    const edits = [{ op: "create", path: "b.ts", new_text: "x\n" }];
    expect(await lab.code("propose-patch", proposalArgs(base, { edits }))).toBe("rate_calls");
    expect(await lab.code("read-file", { path: "a.ts" })).toBe("rate_calls");
    expect(lab.store.outbox()).toEqual([]);
  });
});
