import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { errors, importJWK, jwtVerify } from "jose";
import { Fault } from "../../shared/base/fault.ts";
import { TicketClaims } from "../../shared/contract/stream.ts";
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
/** Used tickets are remembered until they have expired; the file is written anew when it holds this many. */
const rememberedMax = 1_000;

const refused = (reason: string, message: string, cause?: unknown): Fault =>
  new Fault("unauthenticated", message, { next: "Get a new ticket and connect again.", reason, cause });

function readUsed(file: string, now: number): Map<string, number> {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    const pairs = lines.map((line) => line.split(" ")).map(([jti = "", exp]) => [jti, Number(exp)] as const);
    return new Map(pairs.filter(([jti, exp]) => jti !== "" && exp > now));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
}

/** `file` outlives restarts: a ticket that was used before one is refused after it. */
export function ticketGate(options: { file: string; key: () => Promise<PublicKey>; now?: () => Date }): TicketGate {
  const { file, key, now = () => new Date() } = options;
  const seconds = () => Math.floor(now().getTime() / 1_000);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let used = readUsed(file, seconds());
  let written = used.size;

  const rewrite = () => {
    used = new Map([...used].filter(([, exp]) => exp > seconds()));
    writeFileSync(`${file}.new`, [...used].map(([jti, exp]) => `${jti} ${exp}\n`).join(""), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    written = used.size;
  };
  const spend = (claims: TicketClaims) => {
    if (used.has(claims.jti)) throw refused("ticket.used", "This ticket was used before.");
    const until = claims.exp + toleranceSeconds + 1;
    used.set(claims.jti, until);
    appendFileSync(file, `${claims.jti} ${until}\n`, { mode: 0o600 });
    if (++written > rememberedMax + used.size) rewrite();
  };

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
      if (claims.exp - seconds() > secondsMax || /\s/.test(claims.jti))
        throw refused("ticket.invalid", "This ticket is not valid here.");
      spend(claims);
      return claims;
    },
  };
}
