// How long this thread itself has worked: what other processes do on the machine does not count.
import type { Watch } from "../../core/secrets/redact.ts";

/** Lets `milliseconds` of the thread's own work go by. */
export function patience(milliseconds: number): Watch {
  return () => {
    const begin = spent();
    return () => spent() - begin > milliseconds;
  };
}

function spent(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
