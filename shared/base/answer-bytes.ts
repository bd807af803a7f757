/** A function may answer 6 MB, as the JSON its answer travels in; the rest is left to what stands beside the items of a page. */
export const answerBytesMax = 5 * 1_024 * 1_024;

/** An answer holds its body as a string of JSON: what is quoted in the body is quoted once more. */
export const answerBytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(JSON.stringify(value))).length;
