// docs/reasons.md: every refusal with its meaning and what to do next, from the closed catalogue.
import { reasonChapters } from "../../src/core/base/reason.ts";
import type { ReasonEntry } from "../../src/core/base/reason-entry.ts";
import { cell, code, generated, table } from "./markdown.ts";

const chapters: Readonly<Record<string, Readonly<Record<string, ReasonEntry>>>> = reasonChapters;

const titles: Record<keyof typeof reasonChapters, readonly [string, string]> = {
  access: ["Access", "Who is calling, from where, how often; mostly over HTTP, with a status of its own."],
  call: ["Calls", "Any tool call may be answered with these."],
  reading: ["Reading", "`read-manifest`, `read-file` and `search-files`."],
  path: ["Paths", "A name that an agent gives, for reading and for proposing."],
  proposal: [
    "Proposals",
    "`propose-patch`, `patch-status` and `withdraw-patch`; the validator gives them too.",
  ],
  content: [
    "Content",
    "What the checks of content find in a patch or in an agent's words; most of them stand in the signed verdict.",
  ],
  gate: ["Gates", "Why a condition of the policy does not hold, for calls, verdicts and landings."],
  validation: ["Validation", "Findings of the validator, in the signed verdict."],
  landing: ["Landing", "`countersign integrate` and `countersign attest verify`."],
};

const intro = `# Reasons

Every refusal carries one of these codes. The catalogue is closed: code outside it does not type-check.
A refusal has five fields: \`code\`, \`message\` (what is wrong with this input), \`where\` (a field, a path or a line),
\`fix\` (what to do next) and \`ref\`. \`ref\` is the first 12 hexadecimal characters of
SHA-256(\`code:where:message\`), so the same fault always has the same reference. The fix below is the general one;
a refusal may carry a more exact one.
`;

export function reasonsPage(): string {
  const texts = Object.entries(chapters).map(([name, entries]) => {
    const [title, about] = titles[name as keyof typeof reasonChapters];
    const rows = Object.entries(entries).map(([reason, { means, fix }]) => [
      code(reason),
      cell(means),
      cell(fix),
    ]);
    return `## ${title}\n\n${about}\n\n${table(["code", "meaning", "what to do"], rows)}`;
  });
  return [generated("src/core/base/reason.ts"), intro, ...texts].join("\n");
}
