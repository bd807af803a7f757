import { Fault } from "../../base/fault.ts";

/** Where the platform keeps images of what is built, for data centers that have no registry of their own. */
export interface PlatformRegistry {
  /** As agents reach it. */
  readonly url: string;
  /** As nodes name it. */
  readonly pullFrom: string;
  /** In front of every repository: `` or `pluvia/`. */
  readonly prefix: string;
}

/** `https://registry.example.org` or, with a prefix, `https://registry.example.org/pluvia`; empty: there is none. @throws Fault `invalid`. */
export function platformRegistryFrom(text = ""): PlatformRegistry | null {
  if (text === "") return null;
  const url = URL.parse(text);
  const prefix = url?.pathname.replace(/^\/|\/$/g, "") ?? "";
  const isPlace = url && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "" && url.hash === "";
  if (isPlace && /^([a-z0-9]+([._-][a-z0-9]+)*(\/(?=.))?)*$/.test(prefix))
    return { url: url.origin, pullFrom: url.host, prefix: prefix && `${prefix}/` };
  throw new Fault("invalid", `PLUVIA_REGISTRY is ${text}, which is no address of a registry.`, {
    next: "Set it to something like https://registry.example.org, or leave it out.",
    reason: "registry.platform",
    params: { text },
  });
}
