// A fault of a configuration: which key, where it is written, what is wrong with it, and what to do.

export interface ConfigFault {
  /** Dotted key, or "" for the file as a whole. */
  readonly key: string;
  /** Line in the file, or 0 when there is none. */
  readonly line: number;
  /** Where it is written when that is not the configuration file: a variable, a flag, or another file. */
  readonly place?: string | undefined;
  readonly message: string;
  readonly fix: string;
}

/** What a rule finds, before it is known where the key is written. */
export interface RuleFault {
  readonly key: string;
  /** The key that makes this one necessary: its line is named when `key` itself is not written anywhere. */
  readonly because?: string;
  readonly message: string;
  readonly fix: string;
}

/** `countersign.toml:7  calls.per_minute: …` */
export function faultLine({ key, line, place, message, fix }: ConfigFault, file: string): string {
  const where = `${place ?? file}${line > 0 ? `:${line}` : ""}`;
  return `${where}  ${key === "" ? "" : `${key}: `}${message}. ${fix}`;
}
