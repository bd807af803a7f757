import type { FieldProblem } from "../../../shared/base/fault.ts";
import type { ApiError } from "../../../shared/client/api-error.ts";
import { type PlatformWords, type Told, told } from "./platform-words.ts";

/** What is wrong with one field, by its rule. */
export const toldField = (words: PlatformWords | undefined, { rule, message, params }: FieldProblem): string =>
  told(words, { code: rule ?? "", message, params }).message;

/** A refusal of the API, by its reason. */
export function toldError(words: PlatformWords | undefined, error: ApiError): Told {
  const fields = error.fields.map((field) => `${field.path}: ${toldField(words, field)}`).join(" ");
  const { message, next, params } = error;
  return told(words, { code: error.reason ?? "", message, next, params: { fields, ...params } });
}
