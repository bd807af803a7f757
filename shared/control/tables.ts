import * as z from "zod";
import { Application } from "../contract/component.ts";
import { Member, Tenant } from "../contract/identity.ts";
import { Operation } from "../contract/operation.ts";
import { Build, Release } from "../contract/release.ts";
import { Check } from "../contract/source.ts";
import { entity } from "./entity.ts";

/*
 * Every key on one screen; it doubles as the list of access patterns. (Outbox and audit rows: change.ts.)
 *
 * pk                          sk                              index pk / sk                       read by
 * tenant#T                    tenant                          —                                   tenant
 * tenant#T                    member#U                        user#U / member#T                   team's members, a person's teams
 * tenant#T                    application#A                   —                                   team's applications
 * tenant#T                    operation#O                     tenant#T#operation#C / O            team's, a component's operations
 * tenant#T                    build#B                         tenant#T#build#C / B                a component's builds
 * tenant#T                    check#K                         —                                   check
 * tenant#T#component#C        release#<number, 8 digits>      tenant#T#release / R                a component's releases, one by id
 */
const tenantOf = (tenant: string) => `tenant#${tenant}`;
const numbered = (number: number) => String(number).padStart(8, "0");

export const tenants = entity("tenant", Tenant, (t) => ({ key: { pk: tenantOf(t.id), sk: "tenant" } }));
export const members = entity("member", Member, (m) => ({
  key: { pk: tenantOf(m.tenant), sk: `member#${m.user}` },
  index: { pk: `user#${m.user}`, sk: `member#${m.tenant}` },
}));
export const applications = entity("application", Application, (a) => ({
  key: { pk: tenantOf(a.tenant), sk: `application#${a.id}` },
}));
export const operationRows = entity("operation", Operation, (o) => ({
  key: { pk: tenantOf(o.tenant), sk: `operation#${o.id}` },
  index: { pk: `${tenantOf(o.tenant)}#operation#${o.component}`, sk: o.id },
}));
export const builds = entity("build", Build.extend({ reportSequence: z.int() }), (b) => ({
  key: { pk: tenantOf(b.tenant), sk: `build#${b.id}` },
  index: { pk: `${tenantOf(b.tenant)}#build#${b.component}`, sk: b.id },
}));
export const checks = entity("check", Check.extend({ reportSequence: z.int() }), (c) => ({
  key: { pk: tenantOf(c.tenant), sk: `check#${c.id}` },
}));
export const releases = entity("release", Release, (r) => ({
  key: { pk: `${tenantOf(r.tenant)}#component#${r.component}`, sk: `release#${numbered(r.number)}` },
  index: { pk: `${tenantOf(r.tenant)}#release`, sk: r.id },
}));
