import type { SpokenLanguage } from "../contract/identity.ts";

/** What a person reads, whatever carries it. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
}

export interface ResetFacts {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly minutes: number;
}

/** After `#`, so that no server and no proxy on the way logs it. */
const linkFor = ({ url, token }: ResetFacts): string => `${url}/reset-password#${token}`;

export const passwordResetMail: Record<SpokenLanguage, (facts: ResetFacts) => Mail> = {
  en: (facts) => ({
    subject: "Set a new password for Pluvia",
    text: `Hello ${facts.name},

someone asked to set a new password for your account. If it was you, open this link within ${facts.minutes} minutes; it works once:

${linkFor(facts)}

or run: pluvia password reset ${facts.token}

It ends every session of yours. If it was not you, there is nothing to do: your password stays as it is.`,
  }),
  zh: (facts) => ({
    subject: "重设 Pluvia 密码",
    text: `${facts.name}，您好：

有人请求为您的账号设置新密码。如果是您本人，请在 ${facts.minutes} 分钟内打开下面的链接，它只能使用一次：

${linkFor(facts)}

或运行：pluvia password reset ${facts.token}

设置后，您的所有会话都会结束。如果不是您本人操作，无需处理，密码保持不变。`,
  }),
};

export interface InvitationFacts {
  readonly team: string;
  readonly by: string;
  readonly url: string;
  readonly token: string;
  readonly days: number;
}

export const invitationMail = ({ team, by, url, token, days }: InvitationFacts): Mail => ({
  subject: `${by} invites you to ${team} on Pluvia`,
  text: `${by} invites you to the team ${team}. Join within ${days} days:
${by} 邀请您加入团队 ${team}，请在 ${days} 天内接受：

${url}/invite/${token}

pluvia teams join ${token}`,
});
