// References: what each one says, and that a covered configuration shows no secret.
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import {
  covered,
  readReference,
  secretsOf,
  shownPlace,
  shownSecret,
} from "../../../src/core/config/reference.ts";
import { loaded } from "../../support/presets.ts";

test.each([
  ["env:COUNTERSIGN_PROXY_SECRET", { kind: "env", name: "COUNTERSIGN_PROXY_SECRET" }],
  ["env:PATH_TOKEN", { kind: "env", name: "PATH_TOKEN" }],
  ["env:A_1", { kind: "env", name: "A_1" }],
  ["file:/run/secrets/a b", { kind: "file", path: "/run/secrets/a b" }],
  ["cmd:/usr/bin/pass  show a", { kind: "cmd", argv: ["/usr/bin/pass", "show", "a"] }],
  ["keyring:countersign/a@b", { kind: "keyring", service: "countersign", account: "a@b" }],
  ["abc", { kind: "literal", text: "abc" }],
  ["1a:b", { kind: "literal", text: "1a:b" }],
])("%s", (ref, read) => {
  expect(readReference(ref)).toEqual(read);
});

test.each([
  "vault:a",
  "env:1A",
  "env:NODE_OPTIONS",
  "env:COUNTERSIGN__LOG__LEVEL",
  "env:DYLD_INSERT_LIBRARIES",
  "env:OPENSSL_CONF",
  "env:SSL_CERT_FILE",
  "env:SSLKEYLOGFILE",
  "env:GLIBC_TUNABLES",
  "env:UV_THREADPOOL_SIZE",
  "env:PATH",
  "env:TZ",
  "env:COUNTERSIGN_ALLOW_NON_LOOPBACK",
  "env:COUNTERSIGN_STATE",
  "env:COUNTERSIGN_REQUIRE_ALL",
  "file:a",
  "cmd: pass",
  "keyring:/a",
  "x-y:z",
  "env:A\n",
])("%j is malformed", (ref) => {
  expect(readReference(ref).kind).toBe("malformed");
});

test("secrets are found in order, and covered when they are literal", () => {
  const token = randomBytes(32).toString("hex");
  const { config } = loaded(
    "default",
    `[[principals]]\nname = "a"\nroles = ["reader"]\ntokens = ["${token}", "env:A"]\n[[principals]]\nname = "b"\nroles = ["reader"]\ntokens = ["file:/b"]\n`,
  );
  expect(secretsOf(config)).toEqual([
    { key: "principals.0.tokens.0", ref: token, principal: "a" },
    { key: "principals.0.tokens.1", ref: "env:A", principal: "a" },
    { key: "principals.1.tokens.0", ref: "file:/b", principal: "b" },
  ]);
  const text = JSON.stringify(covered(config));
  expect(text).not.toContain(token);
  expect(text).toContain("env:A");
  expect(shownSecret("")).toBe("");
});

test.each([
  ["", ""],
  ["https://siem.example", "https://siem.example"],
  ["https://siem.example:8443/", "https://siem.example:8443/"],
  ["https://hooks.example/services/T000/word", "https://hooks.example/(not shown)"],
  ["https://siem.example:8443/ingest?api_key=word", "https://siem.example:8443/(not shown)"],
  ["https://siem.example/?word", "https://siem.example/(not shown)"],
  ["https://word@siem.example/", "https://siem.example/(not shown)"],
  ["https://siem.example/#word", "https://siem.example/(not shown)"],
  ["http://[::1]:4318/v1/traces", "http://[::1]:4318/(not shown)"],
  ["file:/var/log/countersign.ndjson", "file:/var/log/countersign.ndjson"],
  ["mailto:word@siem.example", "(not shown)"],
  ["word", "(not shown)"],
])("of the place %j is shown %j", (text, shown) => {
  expect(shownPlace(text)).toBe(shown);
});

test.each([
  ["alerts", 'webhook_url = "https://siem.example/WORD"\nwebhook_secret = "env:HOOK"'],
  ["ship", 'url = "https://siem.example/in?api_key=WORD"'],
  ["telemetry", 'otlp_url = "https://siem.example/WORD/v1/traces"'],
])("of where [%s] sends to a covered configuration shows the host", (table, lines) => {
  const door = table === "telemetry" ? "[server.http]\nenabled = true\n" : "";
  const { config } = loaded(
    "quickstart",
    `${door}[outbound]\nallowed_hosts = ["siem.example"]\n[${table}]\n${lines}\n`,
  );
  const text = JSON.stringify(covered(config));
  expect(text).not.toContain("WORD");
  expect(text).toContain("https://siem.example/(not shown)");
});
