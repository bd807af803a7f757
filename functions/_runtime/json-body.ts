import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Fault } from "../../shared/base/fault.ts";
import { headerOf } from "./headers.ts";
import { jsonProblem } from "./json.ts";

/** Derivation: the largest honest body is 500 variables of 2 KB; a Lambda takes up to 6 MB. */
const bodyBytesMax = 1024 * 1024;

export interface JsonBody {
  readonly text: string;
  readonly value: unknown;
}

/** undefined: there is none. @throws Fault `invalid`, `too_large`. */
export function jsonBodyOf(event: APIGatewayProxyEventV2): JsonBody | undefined {
  if (event.body === undefined || event.body === "") return undefined;
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > bodyBytesMax)
    throw new Fault("too_large", `The body has ${bytes.length} bytes; at most ${bodyBytesMax} are taken.`, {
      next: "Send less at once; source code goes through an upload.",
      reason: "body.too-large",
      params: { bytes: bytes.length, limit: bodyBytesMax },
    });
  assertJson(headerOf(event, "content-type") ?? "", headerOf(event, "content-encoding") ?? "");
  const text = textOf(bytes);
  return { text, value: parsed(text) };
}

/** @throws Fault `invalid`. */
function assertJson(type: string, coding: string): void {
  if (!/^application\/(json|[\w.+-]+\+json)\s*(;|$)/i.test(type))
    throw new Fault(
      "invalid",
      `The body must be JSON, and say so; its content type is ${type === "" ? "missing" : type.slice(0, 100)}.`,
      {
        next: "Send header content-type: application/json.",
        reason: "body.type",
      },
    );
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type)?.[1] ?? "utf-8";
  const other = [charset.replace(/^(utf-?8|us-ascii)$/i, ""), coding.trim().replace(/^identity$/i, "")].find((one) => one !== "");
  if (other === undefined) return;
  const encoding = other.slice(0, 100);
  throw new Fault("invalid", `The body says that it is ${encoding}; it is taken as plain UTF-8 alone.`, {
    next: "Send it uncompressed and in UTF-8, without a content-encoding.",
    reason: "body.encoding",
    params: { encoding },
  });
}

/** Without the mark that some editors begin a file with. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw noCharacters(cause);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = jsonProblem(text);
    throw new Fault("invalid", `The body is not JSON: ${problem}.`, {
      next: "Mend the body at that place.",
      reason: "body.json",
      params: { problem },
      cause,
    });
  }
}

/** Escapes of whole characters: of one, or of both halves (surrogates) of one. */
const whole = /\\(?:[^u]|u(?![dD][89a-fA-F])|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F])/g;
/** Half a character cannot be kept: a store makes something else of it, or refuses it. @throws Fault `invalid`. */
export function assertWholeCharacters({ text }: JsonBody): void {
  if (text.includes("\\u") && text.replace(whole, "").includes("\\u")) throw noCharacters();
}

const noCharacters = (cause?: unknown): Fault =>
  new Fault("invalid", "The body has bytes or escapes that are no characters.", {
    next: "Send text in UTF-8; what is no text, in base64.",
    reason: "body.characters",
    cause,
  });
