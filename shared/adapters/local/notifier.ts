import { mkdir, open, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../base/fault.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ids } from "../../ports/ids.ts";
import type { Notice, Notifier } from "../../ports/notifier.ts";
import { oneLine } from "../one-line.ts";

/** More than anyone reads back; the oldest go first. */
const keptMax = 1_000;

interface Options {
  readonly directory: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: { info(fields: object, message: string): void };
}

/** One machine has no mail server: every notice becomes a mail file that its owner alone may read, and the log says where it lies. */
export function localNotifier({ directory, clock, ids, log }: Options): Notifier {
  return {
    send: async (notice) => {
      const at = clock.now();
      const file = path.join(directory, `${at.toISOString().replaceAll(":", "-")}-${ids.next("mail")}.eml`);
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await keep(file, mailOf(notice, at));
        await prune(directory);
      } catch (cause) {
        throw new Fault("unavailable", "The mail could not be written.", {
          next: "Free some space on the platform's disk, then try again.",
          cause,
        });
      }
      log.info({ to: notice.to, file }, "a mail was written: this machine sends none, so open the file");
    },
  };
}

async function keep(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Names begin with their time. */
async function prune(directory: string): Promise<void> {
  const mails = (await readdir(directory)).filter((name) => name.endsWith(".eml")).sort();
  await Promise.all(mails.slice(0, -keptMax).map((name) => rm(path.join(directory, name), { force: true })));
}

/** Any mail program opens it. */
const mailOf = ({ to, subject, text }: Notice, at: Date): string =>
  [
    `Date: ${at.toUTCString()}`,
    "From: Pluvia <noreply@localhost>",
    `To: ${oneLine(to)}`,
    `Subject: ${oneLine(subject)}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    text,
    "",
  ].join("\n");
