// Brings alerts that wait to the webhook: for installations whose gateways are all on stdio and open no socket.
import { CountersignError } from "../core/base/failure.ts";
import { environmentOverrides } from "../core/config/overrides.ts";
import { alertOutbox } from "../io/alerts/outbox.ts";
import { alertPlaces } from "../io/alerts/places.ts";
import { deliver, type Delivery, openAlertDoor } from "../io/alerts/webhook.ts";
import { loadSetup } from "../io/file/config.ts";
import { readSecretFile } from "../io/secrets/file.ts";
import { resolveSecret } from "../io/secrets/resolve.ts";
import { configPath, type Place, type Where } from "./context.ts";
import { suppliedFor } from "./secrets.ts";
import type { World } from "./world.ts";

/** Throws `config_invalid` without a webhook, `storage` where the outbox is not this user's. */
export async function deliverAlerts(
  world: World,
  { layout, repository }: Place,
  where: Where,
): Promise<Delivery> {
  const path = configPath(world, layout, where);
  const overrides = environmentOverrides(world.env);
  const { config } = loadSetup(layout, world.root, path, overrides, world.now(), repository);
  const { webhook_url: url, webhook_secret: ref } = config.alerts;
  if (url === "")
    throw new CountersignError("config_invalid", "there is no webhook: alerts.webhook_url is empty", {
      fix: "Set alerts.webhook_url, alerts.webhook_secret and outbound.allowed_hosts, or leave --deliver out.",
    });
  const key = "alerts.webhook_secret";
  const env = { ...world.env, ...(await suppliedFor(world, [{ key, ref }])) };
  const secret = resolveSecret(ref, { env, read: (file) => readSecretFile(file, world.uid) }, key);
  const door = openAlertDoor(config.outbound.allowed_hosts);
  try {
    const outbox = alertOutbox(alertPlaces(layout).outbox);
    return await deliver(outbox, door, { url, secret, clock: world.now });
  } finally {
    await door.close();
  }
}
