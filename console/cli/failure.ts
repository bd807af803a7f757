import { Fault, type FaultCode } from "../../shared/base/fault.ts";

/** What the command ends with. Scripts rely on these; `pluvia --help` lists them. */
export const exitCodes = { ok: 0, refused: 1, usage: 2, notSignedIn: 3, notFound: 4, noAnswer: 5, interrupted: 130 } as const;

/** What a command says of itself. */
abstract class CommandError extends Error {
  abstract readonly code: string;
  readonly exit: number = exitCodes.refused;
  readonly next: string;
  constructor(message: string, next: string) {
    super(message);
    this.next = next;
  }
}

/** The command line itself is wrong. */
export class UsageError extends CommandError {
  override readonly name = "UsageError";
  readonly code = "usage";
  override readonly exit = exitCodes.usage;
  constructor(message: string, next = "Run the command with --help to see what it takes.") {
    super(message, next);
  }
}

/** This machine does not let the command do its work. */
export class LocalError extends CommandError {
  override readonly name = "LocalError";
  readonly code = "local";
}

/** The person said no, or pressed Ctrl-C at a question. Nothing was done. */
export class Declined extends CommandError {
  override readonly name = "Declined";
  readonly code = "declined";
  constructor(message: string) {
    super(message, "");
  }
}

/** Waited as long as allowed. What was asked for goes on without us. */
export class TimedOut extends CommandError {
  override readonly name = "TimedOut";
  readonly code = "timeout";
  override readonly exit = exitCodes.noAnswer;
}

export const notSignedIn = (url: string): Fault =>
  new Fault("unauthenticated", `Nobody is signed in to ${url}.`, {
    next: 'Run "pluvia login" (or "pluvia signup"), or set PLUVIA_API_KEY.',
  });

interface Shown {
  readonly code: string;
  /** The more exact word of an operation's or a check's failure, e.g. `build.failed`. */
  readonly reason: string | null;
  readonly message: string;
  readonly next: string;
  readonly fields: readonly { readonly path: string; readonly message: string }[];
  readonly request: string | null;
  readonly operation: string | null;
  readonly exit: number;
}

const exitOfFault = (error: Fault): number => {
  const unreachable = (error as Fault & { status?: number }).status === 0;
  const byCode: Partial<Record<FaultCode, number>> = { unauthenticated: exitCodes.notSignedIn, not_found: exitCodes.notFound };
  return unreachable ? exitCodes.noAnswer : (byCode[error.code] ?? exitCodes.refused);
};

/** Of a call that got no answer, what the system said of it: a certificate, a name, a port. */
function causeOf(error: Fault): string {
  const { cause } = error.cause instanceof Error ? error.cause : {};
  if (!(cause instanceof Error)) return "";
  // Several addresses of one name fail together, which has a code and no words.
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? "");
}

/** Anything thrown, as what is shown and ended with. */
export function shown(error: unknown): Shown {
  const plain = { reason: null, fields: [], request: null, operation: null };
  if (error instanceof Fault) {
    const more = error as Fault & { request?: string | null; operation?: string | null };
    return {
      code: error.code,
      reason: typeof error.detail.code === "string" ? error.detail.code : null,
      message: causeOf(error) ? `${error.message.replace(/\.$/, "")}: ${causeOf(error)}.` : error.message,
      next: error.next ?? "",
      fields: error.fields,
      request: more.request ?? null,
      operation: more.operation ?? null,
      exit: exitOfFault(error),
    };
  }
  if (error instanceof CommandError) {
    const { code, message, next, exit } = error;
    return { ...plain, code, message, next, exit };
  }
  const system = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof Error && typeof system === "string")
    return {
      ...plain,
      code: "local",
      message: error.message,
      next: "Check the path and its permissions.",
      exit: exitCodes.refused,
    };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    ...plain,
    code: "internal",
    message: `The pluvia command itself failed: ${text}`,
    next: "Please report it with the command you ran.",
    exit: exitCodes.refused,
  };
}
