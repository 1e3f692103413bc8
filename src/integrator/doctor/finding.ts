// What the doctor says of one thing: fine, doubtful or broken, and what to do about it.

export type Level = "ok" | "warn" | "fail";

export interface Finding {
  readonly id: string;
  readonly level: Level;
  readonly message: string;
  /** What to do; empty when it is ok. */
  readonly fix: string;
}

export const ok = (id: string, message: string): Finding => ({ id, level: "ok", message, fix: "" });
export const warn = (id: string, message: string, fix: string): Finding => ({
  id,
  level: "warn",
  message,
  fix,
});
export const fail = (id: string, message: string, fix: string): Finding => ({
  id,
  level: "fail",
  message,
  fix,
});

/** Permission bits as people write them. */
export function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}
