import type { Workload } from "../../shared/contract/agent.ts";

export type AddressFor = (
  target: Pick<Workload, "tenant" | "component"> & { readonly port: number },
) => Promise<{ readonly host: string; readonly port: number }>;

/**
 * The workload with its bindings as variables: `<ALIAS>_HOST`, `_PORT` and `_URL`. The alias tells two dependencies on one port apart;
 * one in another data center comes with its address.
 * What a person set himself wins.
 */
export async function bound(workload: Workload, addressFor: AddressFor): Promise<Workload> {
  const injected = await Promise.all(
    workload.bindings.map(async ({ component, port, protocol, alias, address: outside }) => {
      const address = outside ?? (await addressFor({ tenant: workload.tenant, component, port }));
      const scheme = protocol === "http" ? "http" : "tcp";
      return {
        [`${alias}_HOST`]: address.host,
        [`${alias}_PORT`]: String(address.port),
        [`${alias}_URL`]: `${scheme}://${address.host}:${address.port}`,
      };
    }),
  );
  return { ...workload, variables: Object.assign({}, ...injected, workload.variables) as Record<string, string> };
}
