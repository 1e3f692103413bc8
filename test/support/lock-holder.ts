// A process that takes the lock it is told, says so, and holds it until it is killed.
import { acquireLock } from "../../src/io/file/lock.ts";

const lock = acquireLock(process.argv[2] ?? "");
process.stdout.write(lock === undefined ? "taken\n" : "held\n");
if (lock !== undefined) setInterval(() => undefined, 60_000);
