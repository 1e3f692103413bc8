// Each secret of a configuration stands for one thing: the key of the log is no secret of a proxy.
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { openInForce } from "../../src/gateway/in-force.ts";
import type { Service } from "../../src/gateway/service.ts";
import { newStore } from "../support/open-store.ts";
import { loaded } from "../support/presets.ts";

test.each([
  ["alone", "", undefined],
  ["beside a proxy's", '[server.http.proxy]\naddresses = ["10.0.0.7"]\nsecret = "env:PROXY"\n', "PROXY"],
])("the key of the log %s", (_, proxy, name) => {
  const it = newStore();
  const env: Record<string, string> = {
    LOG: randomBytes(32).toString("hex"),
    METRICS: randomBytes(32).toString("hex"),
    PROXY: randomBytes(32).toString("hex"),
  };
  const more = '[server.http]\nallow_non_loopback = true\n[server.http.tls]\ntermination = "upstream"\n';
  const toml = `[audit]\nencryption_key = "env:LOG"\n${more}${proxy === "" ? '[server.http.proxy]\naddresses = ["10.0.0.7"]\n' : proxy}`;
  const { config } = loaded("default", toml);
  const shared = { store: it.store, clock: () => it.now, layout: { root: "/nowhere" } as never };
  const service = { setup: { config } } as Service;
  const { door } = openInForce({ shared, env, uid: undefined }, service, new WeakMap(), undefined);
  expect(door.proxy.secret).toBe(name === undefined ? undefined : env[name]);
  it.end();
});
