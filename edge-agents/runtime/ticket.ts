import { errors, importJWK, jwtVerify } from "jose";
import * as z from "zod";
import { Fault } from "../../shared/base/fault.ts";
import { TicketClaims } from "../../shared/contract/stream.ts";
import type { DurableText } from "../../shared/ports/durable-text.ts";
import type { PublicKey } from "../../shared/ports/tokens.ts";

/** Lets each stream ticket in once. */
export interface TicketGate {
  /** @throws Fault `unauthenticated`. */
  admit(ticket: string): Promise<TicketClaims>;
}

/** The cloud gives 60 s; a ticket for longer was not made by it. */
const secondsMax = 120;
/** How far the two clocks may differ. */
const toleranceSeconds = 30;
/** Tries to write while others do, each of whom has got through meanwhile. */
const attemptsMax = 20;
const Used = z.record(z.string(), z.int());

const refused = (reason: string, message: string, cause?: unknown): Fault =>
  new Fault("unauthenticated", message, { next: "Get a new ticket and connect again.", reason, cause });

/** Remembers a ticket until it has expired. `used` outlives restarts, and is shared by all replicas: each ticket opens one stream at one of them. */
async function spend(used: DurableText, jti: string, until: number, now: number): Promise<void> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const found = await used.read();
    const known = found ? Used.parse(JSON.parse(found.text)) : {};
    if (known[jti] !== undefined) throw refused("ticket.used", "This ticket was used before.");
    const live = Object.entries(known).filter(([, expires]) => expires > now);
    if (await used.write(JSON.stringify(Object.fromEntries([...live, [jti, until]])), found?.version)) return;
  }
  throw new Fault("unavailable", "Too many streams are opened at once.", { next: "Try again later.", reason: "streams.full" });
}

export function ticketGate(options: { used: DurableText; key: () => Promise<PublicKey>; now?: () => Date }): TicketGate {
  const { used, key, now = () => new Date() } = options;
  const seconds = () => Math.floor(now().getTime() / 1_000);
  const verified = async (ticket: string): Promise<TicketClaims> => {
    try {
      const options = {
        algorithms: ["EdDSA"],
        issuer: "pluvia",
        audience: "stream",
        currentDate: now(),
        clockTolerance: toleranceSeconds,
        requiredClaims: ["exp", "jti"],
      };
      return TicketClaims.parse((await jwtVerify(ticket, await importJWK({ ...(await key()) }, "EdDSA"), options)).payload);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw refused("ticket.expired", "This ticket has expired.", error);
      throw refused("ticket.invalid", "This ticket is not valid here.", error);
    }
  };

  return {
    async admit(ticket) {
      const claims = await verified(ticket);
      if (claims.exp - seconds() > secondsMax) throw refused("ticket.invalid", "This ticket is not valid here.");
      await spend(used, claims.jti, claims.exp + toleranceSeconds + 1, seconds());
      return claims;
    },
  };
}
