// `countersign doctor`: what is wrong with this installation, what each process can do in it, and what to do about it.
import { z } from "zod";
import type { Delivery } from "../../io/alerts/webhook.ts";
import { findPlace } from "../context.ts";
import { deliverAlerts } from "../deliver-alerts.ts";
import { type Capability, capabilities, powers, wings } from "../doctor/capabilities.ts";
import { diagnose } from "../doctor/diagnose.ts";
import { gatherFacts } from "../doctor/facts.ts";
import { fail, type Finding, type Level, ok } from "../doctor/finding.ts";
import { columns, type Style } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

export const doctor = command({
  usage: "doctor",
  about:
    "look at node, git, state, keys, store, exchange, doors and tokens; say what each process can do, what is wrong and what to do",
  options: [
    ...whereOptions,
    jsonOption,
    { flags: "--deliver", about: "first send the alerts that wait to alerts.webhook_url" },
  ],
  schema: z.strictObject({ ...where, ...json, deliver: z.boolean().optional() }),
  run: async (world, _args, options) => {
    const place = await findPlace(world, options);
    const delivery = options.deliver === true ? [delivered(await deliverAlerts(world, place, options))] : [];
    const facts = await gatherFacts(world, place, options);
    const findings = [...delivery, ...diagnose(facts)];
    const rows = capabilities(facts.rights);
    const healthy = findings.every(({ level }) => level !== "fail");
    if (options.json === true) printJson(world, { ok: healthy, findings, capabilities: rows });
    else {
      print(world, findings);
      world.terminal.out(`\n${matrix(rows)}`);
    }
    return healthy ? 0 : 1;
  },
});

function delivered(delivery: Delivery): Finding {
  const sent = `${delivery.sent} alert(s) sent`;
  return delivery.kind === "empty"
    ? ok("delivery", `${sent} to the webhook; none waits`)
    : fail(
        "delivery",
        `${sent}; the webhook did not take the next: ${delivery.why}`,
        "See to the webhook; what waits is kept.",
      );
}

const styles: Readonly<Record<Level, Style>> = { ok: "green", warn: "yellow", fail: "red" };

function print(world: World, findings: readonly Finding[]): void {
  const { terminal } = world;
  for (const { level, message, fix } of findings) {
    terminal.out(
      `${terminal.paint(styles[level], level.padEnd(4))}  ${message}\n${fix === "" ? "" : `      ${fix}\n`}`,
    );
  }
}

/** One line for each power, one column for each process; what is not as intended is marked. */
function matrix(rows: readonly Capability[]): string {
  const cell = (power: string, wing: string): string => {
    const row = rows.find((one) => one.power === power && one.process === wing);
    if (row === undefined) return "";
    const held = row.by === "" ? row.can : `${row.can} (${row.by})`;
    return row.fits ? held : `${held} ! intended: ${row.intended}`;
  };
  return columns([
    ["can", ...wings],
    ...powers.map((power) => [power, ...wings.map((wing) => cell(power, wing))]),
  ]);
}
