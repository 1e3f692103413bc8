// The process that asks over the network, as tests start it: loopback is public, and they say who is believed and what names mean.
import { readFileSync } from "node:fs";
import { serveFetch } from "../../src/io/evidence/fetch-child.ts";

const [ca = "", names = "{}"] = process.argv.slice(2);
const known = JSON.parse(names) as Readonly<Record<string, readonly string[]>>;
await serveFetch(process.stdin, process.stdout, {
  ...(ca === "" ? {} : { ca: readFileSync(ca, "utf8"), loopback: true }),
  ...(names === "{}"
    ? {}
    : {
        resolve: (host, done) =>
          done(
            null,
            (known[host] ?? []).map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
          ),
      }),
});
