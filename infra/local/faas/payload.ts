/** Lambda's limit of an event and of an answer, each as JSON: what travels as base64 counts as such. */
const payloadBytesMax = 6 * 1024 * 1024;

export const isOverPayload = (value: unknown): boolean =>
  value !== undefined && Buffer.byteLength(JSON.stringify(value)) > payloadBytesMax;
