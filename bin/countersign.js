#!/usr/bin/env node
// The one command. Plain JavaScript that old nodes can read, so that they can say what is missing.
import { existsSync } from "node:fs";

// Threat: on this signal node opens its debugger, and whoever of the same user sends it (also a child under node's permission
// model, which keeps it from no signal) could read keys out of the memory. Before anything else: nobody debugs this process.
process.on("SIGUSR1", () => undefined);

const OLDEST = [24, 11];
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(
    `countersign needs node ${OLDEST.join(".")} or newer; this is node ${process.versions.node} (${process.execPath}).\n` +
      "Install it from https://nodejs.org, or run it through npm in the repository of countersign: npm start\n",
  );
  process.exitCode = 2;
} else {
  // In the repository the source runs as it is; the published package holds only what was compiled.
  const fromSource = existsSync(new URL("../src/integrator/main.ts", import.meta.url));
  // Each wing is a program of its own: what one may load, the others never do. Only the validator's can sign.
  const [group, word] = process.argv.slice(2);
  const signs = (group === "evidence" || group === "schema") && word === "sign";
  // The person's command calls the validator's one, and tells the log of it.
  const rotates = group === "keys" && word === "rotate";
  switch (signs ? "validator" : rotates ? "integrator" : group) {
    case "gateway":
    case "actions":
      await (fromSource ? import("../src/gateway/main.ts") : import("../dist/gateway/main.js"));
      break;
    case "validator":
    case "keys":
      await (fromSource ? import("../src/validator/main.ts") : import("../dist/validator/main.js"));
      break;
    default:
      await (fromSource ? import("../src/integrator/main.ts") : import("../dist/integrator/main.js"));
  }
}
