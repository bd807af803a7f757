// Loaded before agents that are a process of this machine: the name that pods call it by leads to it from here, too.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

const { lookup } = dns;
const known = (host: string): string => (host === "host.containers.internal" ? "127.0.0.1" : host);
dns.lookup = ((host: string, ...rest: [never]) => lookup(known(host), ...rest)) as typeof dns.lookup;
syncBuiltinESMExports();
