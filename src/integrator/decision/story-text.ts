// The story of a patch's decisions on the terminal, oldest first, every foreign word escaped.
import type { AuditEntry } from "../../core/audit/entry.ts";
import { columns, type Paint, wholeLine } from "../terminal/print.ts";
import type { Logged } from "./logged.ts";
import { gateLine, recordText } from "./record-text.ts";
import type { JudgedStory, LandingStory, LogStory, Story } from "./story.ts";

export function storyText({ verdict, landings, unrecorded, damaged, log }: Story, paint: Paint): string {
  return [
    `${paint("bold", "audit log")}\n${logText(log, paint)}`,
    `${paint("bold", "verdict")}\n${verdict === undefined ? "  none that a trusted key signed\n" : judgedText(verdict, paint)}`,
    `${paint("bold", "landings")} (the integrator's own word; nobody signed them)\n${landings.length === 0 ? "  none\n" : landings.map((one) => landingText(one, log.state !== "missing", paint)).join("")}`,
    ...unrecorded.map(({ seq, event }) => `  ${paint("red", wholeLine(unrecordedText(seq, event)))}\n`),
    ...damaged.map((name) => `  ${paint("red", wholeLine(`${name} cannot be read as a landing record`))}\n`),
  ].join("\n");
}

function logText({ state, why, entries, more }: LogStory, paint: Paint): string {
  const rows = entries.map(({ ts, seq, event, actor, data }) => [
    `  ${ts.slice(0, 19).replace("T", " ")}`,
    `#${seq}`,
    event,
    wholeLine(actor.principal),
    wholeLine(dataWords(data)),
  ]);
  const end =
    state === "intact"
      ? `  ${paint("green", "intact")}: its entries are linked without a gap\n`
      : `  ${paint("red", state === "damaged" ? "DAMAGED" : "cannot be read here")} ${wholeLine(why ?? "")}\n`;
  return `${columns(rows)}${more === 0 ? "" : `  … and ${more} more\n`}${end}`;
}

/** Said elsewhere on the screen, or of no use to a person. */
const LEFT_OUT = new Set([
  "patch_id",
  "row_sha256",
  "patch_sha256",
  "arguments_sha256",
  "statement_sha256",
  "decision_sha256",
]);

function dataWords(data: AuditEntry["data"]): string {
  return Object.entries(data)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== null && value !== "")
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ");
}

function judgedText({ outcome, at, keyid, statement, decision, fault }: JudgedStory, paint: Paint): string {
  const head = `  ${outcome} at ${at}\n  statement sha256:${statement}\n  signed by ${keyid}\n`;
  const wrong = decision === null && fault !== null ? `  ${paint("red", wholeLine(fault))}\n` : "";
  const rows = decision === null ? "" : recordText(decision, paint);
  return `${head}  ${gateLine(decision ?? undefined, fault ?? undefined, paint)}${wrong}${rows}`;
}

function unrecordedText(seq: number, event: string): string {
  return `the audit log (#${seq}) tells of a ${event} whose record is not here`;
}

function landingText(
  { landing, fault, repaired, logged }: LandingStory,
  hasLog: boolean,
  paint: Paint,
): string {
  const { result, at, person, confirmed, dry_run: dry } = landing;
  const how = [dry ? "rehearsal" : "", confirmed ? "confirmed" : ""].filter((word) => word !== "").join(", ");
  const end =
    result.kind === "refused"
      ? `${paint("red", "refused")} ${result.refusal.code}: ${wholeLine(result.refusal.message)}`
      : result.kind === "landed"
        ? `${paint("green", "landed")} ${wholeLine(result.branch)} ${result.commit}`
        : paint("green", "passed");
  const head = `  ${at} by ${wholeLine(person)}${how === "" ? "" : ` (${how})`}: ${end}\n`;
  const gate =
    landing.decision === undefined
      ? `gate: ${repaired ? paint("yellow", NOBODY_CAN_TELL) : "not asked"}\n`
      : `${gateLine(landing.decision, fault ?? undefined, paint)}${recordText(landing.decision, paint)}`;
  const unknown = hasLog ? `  ${paint("yellow", "the audit log does not know of this attempt")}\n` : "";
  return `${head}  ${gate}${logged === null ? unknown : loggedText(logged, repaired, paint)}`;
}

const NOBODY_CAN_TELL =
  "nobody can tell how it was decided; this landing was not recorded here (repaired), a ref told of it";

function loggedText({ seq, state, differs }: Logged, repaired: boolean, paint: Paint): string {
  const entry = `the audit log (#${seq}) says`;
  const other =
    differs.length === 0 ? "" : `  ${paint("red", `${entry} otherwise: ${differs.join(", ")}`)}\n`;
  const told = repaired && state !== null ? `  ${wholeLine(`${entry} that its gate was ${state}`)}\n` : "";
  return `${other}${told}`;
}
