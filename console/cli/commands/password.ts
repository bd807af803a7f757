import { createClient } from "../../../shared/client/client.ts";
import type { Context } from "../context.ts";
import { ask, askSecret, required } from "../prompt.ts";

interface Options {
  readonly email?: string;
  readonly password?: string;
  readonly current?: string;
}

const newPassword = ({ password }: Options): Promise<string> =>
  required(password ?? process.env.PLUVIA_PASSWORD, "--password (or PLUVIA_PASSWORD)", "New password: ", askSecret);

/** No credentials: whoever asks has forgotten theirs. */
const stranger = ({ url }: Context) =>
  createClient({ baseUrl: url, headers: { "user-agent": "pluvia-cli" }, bearer: () => undefined });

export async function changePassword({ client, output }: Context, options: Options): Promise<void> {
  const currentPassword = await required(options.current, "--current", "Current password: ", askSecret);
  const session = await client.userUpdate({ body: { currentPassword, password: await newPassword(options) } });
  output.result({ user: session.user, changed: true }, "The password is changed; every other session of yours has ended.");
}

export async function forgotPassword(context: Context, options: Options): Promise<void> {
  const email = await required(options.email, "--email", "E-mail: ", ask);
  await stranger(context).passwordResetCreate({ body: { email } });
  context.output.result(
    { email, asked: true },
    `If ${email} has an account at ${context.url}, a mail tells how to set a new password; it is good for an hour.\nA platform on one machine writes its mails to the folder mail in its home.`,
  );
}

export async function resetPassword(context: Context, options: Options, [token = ""]: string[]): Promise<void> {
  await stranger(context).passwordResetComplete({ body: { token, password: await newPassword(options) } });
  context.output.result({ changed: true }, "The new password is set, and every session has ended. Sign in with: pluvia login");
}
