// Secrets of several kinds, planted in files of a repository: put together when the tests run, so that no scanner of this repository meets one.
const drawn = (letters: string, length: number, salt: number): string => {
  let [text, state] = ["", salt];
  while (text.length < length) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    text += letters.charAt(Math.floor((state / 2_147_483_648) * letters.length));
  }
  return text;
};
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALPHA = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** By kind. */
export const plantedSecrets: Readonly<Record<string, string>> = {
  aws: ["AK", "IA", drawn(UPPER, 16, 7)].join(""),
  github: ["gh", "p_", drawn(ALPHA, 36, 11)].join(""),
  stripe: ["sk_", "live_", drawn(ALPHA, 24, 13)].join(""),
  slack: [
    "xox",
    "b-",
    drawn("0123456789", 12, 3),
    "-",
    drawn("0123456789", 12, 5),
    "-",
    drawn(ALPHA, 24, 17),
  ].join(""),
  database: drawn(ALPHA, 18, 23),
};
const { aws = "", github = "", stripe = "", slack = "", database = "" } = plantedSecrets;

/** Those below `secret/` hold secrets, the others none. */
export const plantedFiles: Readonly<Record<string, string>> = {
  "secret/aws.ts": `// keys\nexport const id = "${aws}";\nexport const region = "eu-west-1";\nlog("${aws}");\n`,
  "secret/github.py": `import os\n\ntoken = "${github}"\n`,
  "secret/stripe.yml": `payments:\n  key: ${stripe}\n`,
  "secret/slack.md": `# Bot\r\n\r\nUse \`${slack}\` here.\r\n`,
  "secret/url.ts": `export const url = "postgres://app:${database}@db.internal:5432/app";\n`,
  "src/plain.ts": "export const name = 'no secret';\n",
  "src/talk.md": "The password is in the vault. [REDACTED] stands for it.\n",
};
