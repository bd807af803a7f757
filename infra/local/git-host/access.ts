import type { IncomingMessage } from "node:http";
import { Fault, isFault } from "../../../shared/base/fault.ts";
import { type Client, createClient } from "../../../shared/client/client.ts";
import { allOf } from "../../../shared/client/pages.ts";
import type { Component } from "../../../shared/contract/component.ts";
import { OperationId } from "../../../shared/contract/id.ts";

/** The API key or session that git sends as its password; the user name may name a team (`tnt_…`), else it says nothing. */
export function credentialOf(request: IncomingMessage): { bearer: string; team: string | undefined } | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (!encoded) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const at = text.indexOf(":");
  const [user, password] = at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  // Some tools send a token as the user name alone.
  const bearer = password || user;
  return bearer ? { bearer, team: /^tnt_[0-9a-z]{16}$/.test(user) ? user : undefined } : undefined;
}

export const clientOf = (baseUrl: string, { bearer, team }: { bearer: string; team: string | undefined }): Client =>
  createClient({ baseUrl, bearer: () => bearer, team: () => team, headers: { "user-agent": "pluvia-git" }, attemptsMax: 2 });

const missing = (application: string, component: string): Fault =>
  new Fault("not_found", `There is no component ${application}/${component} in this team.`, {
    next: "Check the address; pluvia ps lists what there is.",
  });

/** The component that the address names, as far as the caller may know of it. */
export async function componentNamed(client: Client, application: string, component: string): Promise<Component> {
  const applications = await allOf((page) => client.applicationList({ query: { page, limit: 200 } }));
  const found = applications.find((a) => a.name === application);
  if (!found) throw missing(application, component);
  const components = await allOf((page) => client.componentList({ query: { page, limit: 200, application: found.id } }));
  const wanted = components.find((c) => c.name === component);
  if (!wanted) throw missing(application, component);
  return wanted;
}

const noOperation = OperationId.parse("op_0000000000000000");
/**
 * Whoever pushes deploys, so that is what must be allowed, before git takes anything. Only the API decides who may; it is asked for
 * something of the same permission that does nothing: cancelling an operation that is not there.
 * @throws Fault `forbidden`.
 */
export async function mayOperate(client: Client): Promise<void> {
  try {
    await client.operationCancel({ params: { operation: noOperation } });
  } catch (error) {
    if (!isFault(error, "not_found")) throw error;
  }
}
