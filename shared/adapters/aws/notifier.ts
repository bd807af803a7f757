import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { Fault } from "../../base/fault.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { oneLine } from "../one-line.ts";
import { type AwsSettings, clientConfig } from "./client.ts";

export interface AwsNotifierOptions {
  readonly aws: AwsSettings;
  /** An address of a domain that SES has verified. */
  readonly from: string;
}

const utf8 = (Data: string) => ({ Data, Charset: "UTF-8" });

/** Mails through SES. */
export function awsNotifier({ aws, from }: AwsNotifierOptions): Notifier {
  const client = new SESv2Client(clientConfig(aws));
  return {
    send: async ({ to, subject, text }) => {
      const mail = new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [oneLine(to)] },
        Content: { Simple: { Subject: utf8(oneLine(subject)), Body: { Text: utf8(text) } } },
      });
      await client.send(mail).catch((cause: unknown) => {
        throw new Fault("unavailable", "The mail could not be sent.", { next: "Try again in a while.", cause });
      });
    },
  };
}
