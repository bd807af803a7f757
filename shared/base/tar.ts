const encoder = new TextEncoder();
const blockBytes = 512;

/** A POSIX (ustar) archive of small text files. Names have at most 100 bytes. Times are zero, so the same files give the same bytes. */
export function tarOf(files: Readonly<Record<string, string>>): Uint8Array {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const content = encoder.encode(text);
    return [headerOf(name, content.length), padded(content)];
  });
  return concatenated([...parts, new Uint8Array(2 * blockBytes)]);
}

function headerOf(name: string, sizeBytes: number): Uint8Array {
  const header = new Uint8Array(blockBytes);
  const write = (at: number, text: string) => header.set(encoder.encode(text), at);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  write(0, name);
  write(100, octal(0o644, 7));
  write(108, octal(0, 7));
  write(116, octal(0, 7));
  write(124, octal(sizeBytes, 11));
  write(136, octal(0, 11));
  write(148, "        ");
  write(156, "0");
  write(257, "ustar\x0000");
  write(
    148,
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
  );
  return header;
}

const padded = (content: Uint8Array): Uint8Array =>
  concatenated([content, new Uint8Array((blockBytes - (content.length % blockBytes)) % blockBytes)]);

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
