// audit ship: where to go on is a number as people write one; an unset variable of a shell ships nothing anew.
import { afterAll, expect, test } from "vitest";
import { auditShip } from "../../../src/integrator/commands/ship.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { testWorld } from "../../support/world.ts";

const state = scratch("ship-command");
afterAll(() => removeScratch(state));

test.each(["", " ", "0x10", "1e3", "-1", "1.5", "07", " 7", "seven", "99999999999999999"])(
  "--from %j is no position",
  (from) => {
    const options = { state, to: "file:out.ndjson", once: true, from };
    expect(() => auditShip.run(testWorld({ cwd: state }), [], options)).toThrow(
      "option from: must be a number of an entry",
    );
  },
);
