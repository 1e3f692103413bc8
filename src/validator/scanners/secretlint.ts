// Secretlint's recommended rules over one text, in the inspector's child; comments in the text silence nothing.
import { lintSource } from "@secretlint/core";
import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import { isPlaceholder } from "../../core/secrets/drawn.ts";
import { isPublished } from "../../core/secrets/published.ts";
import { isStanding } from "../../core/secrets/shapes.ts";
import type { Hit } from "./sign.ts";

const PREFIX = "@secretlint/secretlint-rule-";

/** Threat: `secretlint-disable` in a patch. The rule that heeds it comes with the preset and is left out here. */
const config = {
  rules: rules
    .filter(({ meta }) => meta.id !== `${PREFIX}filter-comments`)
    .map((rule) => ({ id: rule.meta.id, rule })),
};

/** Threat: it takes these for ends of lines, too, and would tell of another line than git does. None is part of a secret. */
const OTHER_ENDS = /\r(?!\n)|[\v\f\u0085\u2028\u2029]/gu;

export async function secretlintHits(path: string, text: string): Promise<readonly Hit[]> {
  const { messages } = await lintSource({
    // Absolute, as it asks for; nothing is read from there.
    source: { filePath: `/${path}`, content: text.replaceAll(OTHER_ENDS, " "), contentType: "text" },
    options: { config, noPhysicFilePath: false },
  });
  const real = messages.filter(({ range: [start, end] }) => !isShown(text.slice(start, end)));
  return real.map(({ ruleId, loc }) => ({
    rule: `secretlint-${ruleId.slice(ruleId.lastIndexOf("/") + 1).replace(/^secretlint-rule-/, "")}`,
    line: loc.start.line,
    end: loc.end.line,
  }));
}

const IN_URL = /:\/\/[^\s/:@]{0,100}:([^\s/@]{1,100})@/;

/**
 * It knows no placeholders: `ghp_xxxx…` of a manual, examples that makers of tokens printed, `https://user:pass@example.com`.
 * Of a URL with a password only that is judged: whatever else it says, an attacker may have written.
 */
function isShown(secret: string): boolean {
  const word = IN_URL.exec(secret)?.[1];
  return word === undefined ? isPlaceholder(secret) || isPublished(secret) : isStanding(word);
}
