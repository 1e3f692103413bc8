// The part of the configuration schema about the log, its keys, and what is seen of it from outside.
import { z } from "zod";

const count = (low: number, high: number): z.ZodInt => z.int().min(low).max(high);
const secret = z.string().max(1024);
const place = z.string().max(2048);

export const audit = z
  .strictObject({
    origin: z
      .string()
      .regex(/^(?:[A-Za-z0-9][A-Za-z0-9._/-]{0,119})?$/)
      .describe(
        "Name of this deployment in checkpoints of the log; empty for countersign/<namespace>/<repository>. Another name begins another log for those who verify.",
      ),
    seal_seconds: count(1, 300).describe("Longest time until an entry is sealed."),
    seal_entries: count(1, 8192).describe("Entries that are sealed without waiting for that time."),
    seal_wait_seconds: count(1, 300).describe("How long a landing waits for the seal on its verdict."),
    personal: z
      .enum(["committed", "plain"])
      .describe(
        "What stands in the log for people: a pseudonym and a salted commitment, which privacy erase can make unreadable; or their names.",
      ),
    encryption_key: secret.describe(
      "Secret of 64 hexadecimal characters (env:NAME, file:/path) with which entries are encrypted; empty for none.",
    ),
    previous_keys: z
      .array(secret.min(1))
      .max(64)
      .describe("Earlier values of encryption_key, under which older entries can still be read."),
  })
  .describe("The audit log. It cannot be switched off.");

export const keys = z
  .strictObject({
    max_age_days: count(1, 3650).describe("How long a signing key signs; then it has to be rotated."),
    overlap_days: count(0, 365).describe("How long a key that was rotated out is still accepted."),
    warn_days: count(1, 365).describe("How long before its end keys list, doctor and alerts speak of a key."),
  })
  .describe("Life of the keys that sign verdicts and checkpoints.");

export const metrics = z
  .strictObject({
    port: count(0, 65_535).describe(
      "Port of the metrics for Prometheus, on loopback and with a token; 0 for none. Only a gateway over HTTP has it.",
    ),
    token: secret.describe("Secret that a scraper sends as bearer token (env:NAME, file:/path)."),
  })
  .describe("Numbers for Prometheus.");

export const alerts = z
  .strictObject({
    validator_silent_seconds: count(0, 86_400).describe("Validator without a sign of life; 0 for no alert."),
    seal_lag_seconds: count(0, 86_400).describe("Age of the oldest entry without a seal; 0 for no alert."),
    refusal_percent: count(0, 100).describe(
      "Share of refused calls in window_seconds, from 20 calls on; 0 for no alert.",
    ),
    window_seconds: count(10, 3600).describe("Window of refusal_percent."),
    budget_percent: count(0, 100).describe("Share of a caller's budget that is used up; 0 for no alert."),
    allowlist_age_seconds: count(0, 604_800).describe(
      "Age of network.allowlist_file; 0 for no alert. It lets nobody in at network.max_age_seconds.",
    ),
    webhook_url: place.describe("Where alerts are sent to (https, or http to loopback); empty for nowhere."),
    webhook_secret: secret.describe("Secret of the HMAC-SHA256 over each message (env:NAME, file:/path)."),
  })
  .describe(
    "What is said without being asked. Alerts also stand in the log, and end countersign doctor with 1.",
  );

export const ship = z
  .strictObject({
    url: place.describe(
      "Where countersign audit ship sends entries: https, http to loopback, or file: and an absolute path; empty for nowhere.",
    ),
    token: secret.describe("Secret that it sends as bearer token (env:NAME, file:/path); empty for none."),
    format: z.enum(["ndjson", "ocsf"]).describe("Exact lines with their leaf hashes, or events of OCSF."),
  })
  .describe("Entries for a SIEM.");

export const telemetry = z
  .strictObject({
    otlp_url: place.describe(
      "Where spans of calls are sent to with OpenTelemetry's own packages, which are loaded for it; empty for nowhere.",
    ),
  })
  .describe("Spans of calls, for OpenTelemetry.");

export const outbound = z
  .strictObject({
    allowed_hosts: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9.:-]{0,252}$/))
      .max(64)
      .describe(
        "Hosts that alerts, audit ship, witnesses and telemetry may reach, with their port where it is not the usual one; an empty list is none.",
      ),
  })
  .describe("What may leave.");
