import { CreateEmailIdentityCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { awsNotifier } from "../../shared/adapters/aws/notifier.ts";
import { notifierSuite } from "../contract/notifier.suite.ts";
import { describeEmulators, type Emulator } from "./emulator.ts";

interface Sent {
  readonly To: readonly string[];
  readonly Subject: string;
  readonly BodyText: string;
}
/** Only ministack shows what a mail said; moto's way of showing leaves the words out. */
const told = async ({ endpoint }: Emulator["aws"]): Promise<string[]> => {
  const answer = await fetch(`${endpoint}/_ministack/ses/messages`);
  const { messages } = (await answer.json()) as { messages: Record<string, readonly Sent[]> };
  return Object.values(messages)
    .flat()
    .map(({ To, Subject, BodyText }) => [...To, Subject, BodyText].join("\n"));
};

describeEmulators((name, aws) => {
  const from = "noreply@example.org";
  beforeAll(async () => {
    await new SESv2Client(aws()).send(new CreateEmailIdentityCommand({ EmailIdentity: "example.org" }));
  });
  if (name === "ministack")
    notifierSuite(`SES of ${name}`, async () => ({ notifier: awsNotifier({ aws: aws(), from }), told: () => told(aws()) }));
  test("what SES refuses may be tried again", async () => {
    const unverified = awsNotifier({ aws: aws(), from: "noreply@example.com" });
    await expect(unverified.send({ to: "ada@example.org", subject: "x", text: "y" })).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});
