import { lookup } from "node:dns/promises";
import { addressAllowed, parseAddress } from "../../shared/domain/build/address.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";

/**
 * The addresses of a host, each allowed. The caller must connect to these and not ask again: a name that answers otherwise the second
 * time is how such checks are passed by.
 * @throws BuildFailure `repository.private-address`, `repository.unreachable`.
 */
export const resolveAllowed = async (host: string, allowed: readonly string[]): Promise<readonly string[]> => {
  const plain = host.replace(/^\[|\]$/g, "");
  const addresses = await addressesOf(plain);
  for (const address of addresses) {
    const bytes = parseAddress(address);
    if (bytes === undefined || !addressAllowed(plain, bytes, allowed))
      throw new BuildFailure(
        "repository.private-address",
        `The host ${plain} is at an address of a private network (${address}), from which sources are not fetched.`,
        "Use a host that is reachable from the internet, or ask the operator of this platform to allow this one.",
      );
  }
  return addresses;
};

const addressesOf = async (host: string): Promise<readonly string[]> => {
  const literal = parseAddress(host);
  if (literal !== undefined) return [host.includes(":") ? host : literal.join(".")];
  const found = await lookup(host, { all: true, verbatim: true }).catch((error: Error) => {
    throw new BuildFailure(
      "repository.unreachable",
      `The host ${host} is not known.`,
      "Check the repository address, and that this machine can reach the internet.",
      error,
    );
  });
  return [...new Set(found.map((entry) => entry.address))];
};
