// The files adapter under the contract of every exchange.
import { gatewayExchange, integratorExchange, validatorExchange } from "../../src/io/exchange/files/open.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { exchangeContract, type OpenedExchange } from "./exchange.ts";
import { incidentContract } from "./incidents.ts";
import { sealingContract } from "./sealing.ts";

async function openIn(root: string): Promise<OpenedExchange> {
  const [gateway, validator, integrator] = await Promise.all([
    gatewayExchange(root),
    validatorExchange(root),
    integratorExchange(root),
  ]);
  return {
    gateway,
    validator,
    integrator,
    reopen: () => openIn(root),
    close: async () => removeScratch(root),
  };
}

exchangeContract("files", () => openIn(scratch("exchange")));
sealingContract("files", () => openIn(scratch("exchange")));
incidentContract("files", () => openIn(scratch("exchange")));
