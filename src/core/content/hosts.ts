// Names of hosts that are drawn like others: whoever reads the address of one would go to another.
import { looksLike } from "./confusables.ts";
import type { WordFault } from "./invisible.ts";

const URL = /:\/\/([^\s/?#"'`<>()[\]{}\\|,;]{1,253})/gu;
/** Without a scheme: under the endings that everybody knows, which take no other scripts by themselves. */
const NAME = /(?<![\p{L}\p{N}_-])[\p{L}\p{N}-]{2,63}\.(?:com|org|net|io|dev|app|co|ai)(?![\p{L}\p{N}_-])/gu;
/** What is drawn like the slash that ends a host, and does not end it. */
const SLASH = /(?<=[A-Za-z0-9])[\uff0f\u2044\u2215\u29f8](?=[A-Za-z0-9@.])/;

/** In any text; nothing is done for ASCII. Linear: both expressions are bounded. */
export function hostFaults(text: string): readonly WordFault[] {
  if (!/[^\p{ASCII}]/u.test(text)) return [];
  const named = [...text.matchAll(URL)].map(({ 1: host = "", index }) => ({ host, from: index + 3 }));
  const bare = [...text.matchAll(NAME)].map(({ 0: host, index }) => ({ host, from: index }));
  return [...named, ...bare].flatMap(({ host, from }) => {
    const at = fault(host);
    return at === undefined ? [] : [{ rule: "homoglyph", at: from + at }];
  });
}

function fault(host: string): number | undefined {
  const slash = SLASH.exec(host);
  if (slash !== null) return slash.index;
  // A name in its own script has its ending in it, too, or in one that knows what to register.
  if (!/\.[A-Za-z]{2,24}\.?(?::\d{1,5})?$/.test(host)) return undefined;
  let at = 0;
  for (const label of host.split(/[.@:]/)) {
    if (isPosing(label)) return at;
    at += label.length + 1;
  }
  return undefined;
}

/** Every letter that is none of ours looks like one, and there are no others that tell whose word it is. */
function isPosing(label: string): boolean {
  const foreign = label.match(/[^\P{L}A-Za-z]/gu) ?? [];
  return foreign.length > 0 && foreign.every((letter) => looksLike(letter) !== undefined);
}
