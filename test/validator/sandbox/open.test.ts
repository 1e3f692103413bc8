// Which sandbox is opened: what is named and cannot be used is refused, and never replaced.
import { afterAll, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { presetConfig } from "../../../src/io/file/config.ts";
import { openSandbox } from "../../../src/validator/sandbox/open.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const empty = scratch("no-programs");
afterAll(() => removeScratch(empty));

type Sandboxed = ReturnType<typeof presetConfig>["sandbox"];

const open = (
  changes: Partial<Sandboxed>,
  path = process.env["PATH"] ?? "",
): ReturnType<typeof openSandbox> => {
  const config = { ...presetConfig(packageRoot(), "quickstart").sandbox, ...changes };
  return openSandbox({ config, path, packageRoot: packageRoot(), apart: [], clock: Date.now });
};

test.each(["bubblewrap", "docker", "podman"] as const)(
  "%s is named and not there: no start",
  async (driver) => {
    const refused = await open({ driver, image: "img" }, empty).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CountersignError);
    expect(refused).toMatchObject({ code: "config_invalid", exitCode: 2 });
    expect(String(refused)).toContain(`sandbox.driver is ${driver}`);
  },
);

test.runIf(needs("docker"))("docker is there, and its daemon or image is not: no start", async () => {
  await expect(open({ driver: "docker", image: "countersign-none" })).rejects.toThrow(
    "sandbox.driver is docker",
  );
});

test("auto finds nothing: there is no sandbox, and nothing takes its place", async () => {
  expect(await open({ driver: "auto" }, empty)).toBeUndefined();
});

test("none is none", async () => {
  expect(await open({ driver: "none" })).toBeUndefined();
});

test.runIf(needs("bwrap"))("auto takes what really runs a program", async () => {
  const found = await open({ driver: "auto" });
  expect(found?.driver).toBe("bubblewrap");
  expect(["cgroup2", "cgroup1", "meter"]).toContain(found?.limits);
});

test("auto with a runtime does not fall back to bubblewrap, which has none", async () => {
  expect((await open({ driver: "auto", runtime: "runsc", image: "img" }))?.driver).not.toBe("bubblewrap");
});
