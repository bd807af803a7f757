import * as z from "zod";
import type { ApiOperation } from "../api-operation.ts";
import { Application } from "../component.ts";
import { Name, PageQuery, pageOf } from "../id.ts";
import { application, noBody, none } from "./parts.ts";

/** Applications. */
export const applicationOperations = {
  applicationList: {
    method: "get",
    path: "/v1/applications",
    audience: "tenant",
    action: "application.view",
    summary: "List applications",
    params: none,
    query: PageQuery,
    body: noBody,
    result: pageOf(Application),
    status: 200,
  },
  applicationCreate: {
    method: "post",
    path: "/v1/applications",
    audience: "tenant",
    action: "application.edit",
    summary: "Create an application",
    params: none,
    query: none,
    body: z.object({ name: Name, description: z.string().max(500).default("") }),
    result: Application,
    status: 201,
  },
  applicationView: {
    method: "get",
    path: "/v1/applications/{application}",
    audience: "tenant",
    action: "application.view",
    summary: "View an application",
    params: application,
    query: none,
    body: noBody,
    result: Application,
    status: 200,
  },
  applicationUpdate: {
    method: "patch",
    path: "/v1/applications/{application}",
    audience: "tenant",
    action: "application.edit",
    summary: "Rename or describe an application",
    params: application,
    query: none,
    body: z.object({ name: Name.optional(), description: z.string().max(500).optional() }),
    result: Application,
    status: 200,
  },
  applicationRemove: {
    method: "delete",
    path: "/v1/applications/{application}",
    audience: "tenant",
    action: "application.edit",
    summary: "Remove an application and every component in it",
    params: application,
    query: none,
    body: noBody,
    result: Application,
    status: 202,
  },
} as const satisfies Record<string, ApiOperation>;
