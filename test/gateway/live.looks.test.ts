// When a changed configuration is looked at: not while it is being written, again after a fault, and at once when asked.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CountersignError } from "../../src/core/base/failure.ts";
import { liveLab, type LiveLab } from "../support/live.ts";

let lab: LiveLab;
beforeEach(async () => {
  lab = await liveLab();
});
afterEach(() => lab.remove());

const perMinute = (): number => lab.live.service().setup.config.calls.per_minute;

test("a fault is said once for one reason, not at every look", async () => {
  await lab.change("[calls]\nper_minutes = 1");
  await lab.tick();
  lab.write("# still wrong");
  for (let look = 0; look < 3; look++) await lab.tick();
  expect(lab.recorded).toHaveLength(1);
  lab.write("[calls");
  for (let look = 0; look < 3; look++) await lab.tick();
  expect(lab.recorded).toHaveLength(2);
});

// Threat: whoever touches a file every second keeps the policy as it is.
test("files that never rest are taken over all the same, after half a minute", async () => {
  lab.write("[calls]\nper_minute = 7");
  for (let look = 0; look < 14; look++) {
    lab.stamp = `touched ${look}`;
    await lab.tick();
  }
  expect(perMinute()).not.toBe(7);
  lab.stamp = "touched once more";
  await lab.tick();
  expect(perMinute()).toBe(7);
});

// Threat: an operator writes a gate, corrects what was at fault, and believes the gate to stand.
describe("what was refused once", () => {
  let fault: string | undefined;
  beforeEach(() => {
    fault = "the variable TOKEN is not set";
    lab.follow = () => {
      if (fault !== undefined) throw new CountersignError("config_invalid", fault);
    };
  });

  test("is tried again at each look, and taken over once its fault is mended elsewhere", async () => {
    lab.write("[calls]\nper_minute = 7");
    for (let look = 0; look < 4; look++) await lab.tick();
    expect(lab.recorded.map(({ event }) => event)).toEqual(["config.refused"]);
    // Nothing of it was opened for good: its shelf was not looked at.
    expect(lab.refreshed).toBe(0);
    fault = undefined;
    await lab.tick();
    expect(perMinute()).toBe(7);
    expect(lab.recorded.map(({ event }) => event)).toEqual(["config.refused", "config.changed"]);
  });

  test("is said again when it comes back", async () => {
    await lab.change("[calls]\nper_minute = 7");
    fault = undefined;
    await lab.live.look();
    fault = "the variable TOKEN is not set";
    await lab.change("[calls]\nper_minute = 8");
    expect(lab.recorded.map(({ event }) => event)).toEqual([
      "config.refused",
      "config.changed",
      "config.refused",
    ]);
  });

  test("is looked at when somebody asks, although no file was touched", async () => {
    lab.write("[calls]\nper_minute = 7");
    await lab.live.look();
    fault = undefined;
    await lab.live.look();
    expect(perMinute()).toBe(7);
  });
});

// Threat: TOML that is cut between two tables is whole; what was cut off are the gates.
describe("a file that is being written", () => {
  test("is not taken over before it was the same at two looks", async () => {
    lab.write("[calls]\nper_minute = 7");
    await lab.tick();
    lab.write('[log]\nlevel = "warn"');
    await lab.tick();
    expect(lab.recorded).toEqual([]);
    await lab.tick();
    expect(lab.recorded).toMatchObject([
      { event: "config.changed", data: { keys: "calls.per_minute log.level" } },
    ]);
  });

  test("nor refused: its fault may be that it is not whole", async () => {
    lab.write("[calls");
    await lab.tick();
    expect(lab.recorded).toEqual([]);
    await lab.tick();
    expect(lab.recorded).toHaveLength(1);
  });

  test.each([
    ["at a look of its own", () => lab.tick()],
    ["at one that somebody asked for", () => lab.live.look()],
  ])("nor when it was written while it was read, %s", async (_, look) => {
    lab.write("[calls]\nper_minute = 7");
    await lab.tick();
    lab.meanwhile = () => void (lab.stamp = "written");
    await look();
    expect({ recorded: lab.recorded, limit: perMinute() === 7 }).toEqual({ recorded: [], limit: false });
    lab.meanwhile = () => undefined;
    await lab.tick();
    await lab.tick();
    expect(perMinute()).toBe(7);
  });

  test("that was gone at a look counts as new", async () => {
    lab.write("[calls]\nper_minute = 7");
    const written = lab.stamp;
    await lab.tick();
    lab.stamp = undefined;
    await lab.tick();
    lab.stamp = written;
    await lab.tick();
    expect(lab.recorded).toEqual([]);
    await lab.tick();
    expect(lab.recorded).toHaveLength(1);
  });
});

test("a look that somebody asks for is not lost because one is under way", async () => {
  lab.write("[calls]\nper_minute = 7");
  let second: Promise<void> | undefined;
  lab.follow = () => {
    lab.follow = () => undefined;
    lab.write('[log]\nlevel = "warn"');
    second = lab.live.look();
  };
  await lab.live.look();
  await second;
  expect(lab.recorded.map(({ data }) => data["keys"])).toEqual(["calls.per_minute", "log.level"]);
});
