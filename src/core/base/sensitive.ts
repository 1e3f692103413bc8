// Names of fields whose values nobody writes down: passwords, tokens, numbers of cards, in every spelling of a name.

/** Short words, which stand in the middle of others: only as a word of their own. */
const WORDS: ReadonlySet<string> = new Set([
  "pass",
  "passcode",
  "pwd",
  "cred",
  "cvv",
  "cvv2",
  "cvc",
  "cvc2",
  "card",
  "ssn",
]);
/** Longer ones, and those of several words, wherever they stand: `dbpassword`, `X-API-KEY`, `creditCardNumber`. */
const ANYWHERE =
  /password|passwd|passphrase|secret|token|credential|authorization|cookie|creditcard|cardnumber|(?:api|private|access)key|socialsecurity/;
/** A name that says that only an id, a digest or a number is meant. */
const HARMLESS: ReadonlySet<string> = new Set(["id", "ids", "sha256", "count", "kind"]);

/** Whether the value of a field of this name is never to be written: `apiKey`, `X-API-KEY`, `db.password`, `Card_Number`. */
export function isSensitiveName(name: string): boolean {
  const words = wordsOf(name.slice(0, 200));
  if (HARMLESS.has(words.at(-1) ?? "")) return false;
  return words.some((word) => WORDS.has(singular(word))) || ANYWHERE.test(words.join(""));
}

/** `userPassword`, `USER_PASSWORD`, `user-password` and `APIKey` in words of lower case. */
function wordsOf(name: string): readonly string[] {
  return name
    .normalize("NFKC")
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

function singular(word: string): string {
  return word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}
