import { Fault, isFault, type FaultCode, faultCodes } from "../../shared/base/fault.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { ErrorBody } from "../../shared/contract/error-body.ts";
import { operations } from "../../shared/contract/operations.ts";
import * as z from "zod";
import { AgentPlace, DesiredChange, DesiredPage, UnreadChange } from "../../shared/contract/agent.ts";

type Output<O extends ApiOperation> = z.infer<O["result"]>;
type Input<O extends ApiOperation> = z.input<O["body"]>;

/** The calls an agent makes. Every answer is parsed: a newer cloud plane may add to it, but not surprise us. */
export interface Cloud {
  register(body: Input<typeof operations.agentRegister>): Promise<Output<typeof operations.agentRegister>>;
  /** `unread`: changes that only a newer agent understands. They are there, so what runs of them is not to go. */
  desired(
    cursor: number,
    digest?: string,
  ): Promise<Output<typeof operations.agentDesired> & { readonly unread?: readonly UnreadChange[] }>;
  report(body: Input<typeof operations.agentReport>): Promise<Output<typeof operations.agentReport>>;
  /** Where to listen; an older platform knows but one place, a newer one may name one that we do not know. */
  place(): Promise<AgentPlace>;
  blobUrl(body: Input<typeof operations.agentBlobUrl>): Promise<Output<typeof operations.agentBlobUrl>>;
  /** An older platform has no registry for anybody. */
  image(body: Input<typeof operations.agentImage>): Promise<Output<typeof operations.agentImage>>;
  pullCredential(body: Input<typeof operations.agentPullCredential>): Promise<Output<typeof operations.agentPullCredential>>;
}

/** Hosted HTTP integrations end at 29 s; a little more tells the difference. */
const timeoutMs = 32_000;

interface Request {
  readonly query?: string;
  readonly body?: unknown;
  readonly anonymous?: true;
}

/** One change that is not understood must not hide the others. */
function readPage(answer: unknown): Awaited<ReturnType<Cloud["desired"]>> {
  const { changes, ...page } = DesiredPage.extend({ version: z.int(), changes: z.array(z.unknown()) }).parse(answer);
  const read = changes.map((change) => ({ change, known: DesiredChange.safeParse(change).data }));
  return {
    ...page,
    version: 1,
    changes: read.flatMap(({ known }) => known ?? []),
    unread: read.flatMap(({ change, known }) => (known ? [] : [UnreadChange.parse(change)])),
  };
}

type Send = (
  url: URL,
  request: { method: string; headers: Record<string, string>; body?: string },
) => Promise<Pick<Response, "ok" | "status" | "text">>;
const inTime: Send = (url, request) => fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });

export function cloud(url: string, bearer: () => Promise<string>, send = inTime): Cloud {
  const call = async <O extends ApiOperation>(operation: O, request: Request): Promise<Output<O>> =>
    operation.result.parse(await ask(operation, request)) as Output<O>;
  const ask = async (operation: ApiOperation, request: Request): Promise<unknown> => {
    const answer = await send(new URL(operation.path + (request.query ?? ""), url), {
      method: operation.method.toUpperCase(),
      headers: { ...(!request.anonymous && { authorization: `Bearer ${await bearer()}` }), "content-type": "application/json" },
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    }).catch((cause: unknown) => {
      throw new Fault("unavailable", `The platform at ${url} cannot be reached.`, {
        cause,
        next: "The agent tries again by itself.",
      });
    });
    const text = await answer.text();
    if (!answer.ok) throw faultFrom(answer.status, text);
    return JSON.parse(text);
  };
  return {
    register: (body) => call(operations.agentRegister, { body, anonymous: true }),
    desired: async (cursor, digest) =>
      readPage(
        await ask(operations.agentDesired, { query: `?cursor=${cursor}${digest === undefined ? "" : `&digest=${digest}`}` }),
      ),
    report: (body) => call(operations.agentReport, { body }),
    place: async () =>
      AgentPlace.safeParse(await ask(operations.agentPlace, {}).catch(unlessOlder({ kind: "socket" }))).data ?? {
        kind: "socket",
      },
    blobUrl: (body) => call(operations.agentBlobUrl, { body }),
    image: (body) => call(operations.agentImage, { body }).catch(unlessOlder({ place: null })),
    pullCredential: (body) => call(operations.agentPullCredential, { body }).catch(unlessOlder({ credential: null })),
  };
}

/** What a platform means that does not know the route. */
const unlessOlder =
  <T>(meant: T) =>
  (error: unknown): T => {
    if (isFault(error, "not_found") && error.reason !== "not-found") return meant;
    throw error;
  };

function faultFrom(status: number, text: string): Fault {
  const code = (known: string): FaultCode => faultCodes.find((c) => c === known) ?? (status >= 500 ? "unavailable" : "invalid");
  try {
    const { error } = ErrorBody.parse(JSON.parse(text));
    const { next, reason, params, request } = error;
    return new Fault(code(error.code), error.message, { next, reason, params, detail: { status, request } });
  } catch (cause) {
    return new Fault(code(""), `The platform answered ${status} with something that is not its usual answer.`, {
      cause,
      detail: { status },
    });
  }
}
