import { Member, Tenant } from "../contract/identity.ts";
import { entity } from "./entity.ts";

/*
 * Every key of people and teams on one screen; it doubles as the list of access patterns. (Outbox and audit rows: change.ts; applications, components and data centers: component-tables.ts.)
 *
 * pk                          sk                              index pk / sk                       read by
 * tenant#T                    tenant                          —                                   tenant
 * tenant#T                    member#U                        user#U / member#T                   team's members, a person's teams
 */
const tenantOf = (tenant: string) => `tenant#${tenant}`;

export const tenants = entity("tenant", Tenant, (t) => ({ key: { pk: tenantOf(t.id), sk: "tenant" } }));
export const members = entity("member", Member, (m) => ({
  key: { pk: tenantOf(m.tenant), sk: `member#${m.user}` },
  index: { pk: `user#${m.user}`, sk: `member#${m.tenant}` },
}));
