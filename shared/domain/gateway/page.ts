import type { Condition } from "./route.ts";

/** unknown: no application has the address. unreachable: it has instances, and none of them took the request. slow: one took it and never answered. refused: the request itself is wrong. */
export type Trouble = Exclude<Condition, "ready"> | "unknown" | "unreachable" | "slow" | "refused";

interface Words {
  readonly title: string;
  readonly message: string;
  readonly next: string;
}

const statuses: Record<Trouble, number> = {
  starting: 503,
  stopped: 503,
  failed: 503,
  unreachable: 502,
  slow: 504,
  unknown: 404,
  refused: 400,
};

const en: Record<Trouble, Words> = {
  starting: {
    title: "Starting",
    message: "The application is starting. It does not answer yet.",
    next: "This page tries again by itself.",
  },
  stopped: { title: "Stopped", message: "The application is stopped.", next: "Start it in the console, or with `pluvia start`." },
  failed: {
    title: "Not running",
    message: "The application could not be started, or it keeps ending.",
    next: "Its log says why: open Logs in the console, or run `pluvia logs`.",
  },
  unreachable: {
    title: "No answer",
    message: "The application ended the connection without an answer.",
    next: "Try again. If it happens again, its log says why: run `pluvia logs`.",
  },
  slow: {
    title: "No answer in time",
    message: "The application took the request and did not answer in time.",
    next: "Try again later, or look at its log: run `pluvia logs`.",
  },
  unknown: {
    title: "Nothing here",
    message: "No application has this address.",
    next: "Check the address. The console and `pluvia ps` show the address of every application.",
  },
  refused: {
    title: "Bad request",
    message: "The request cannot be understood in one way only.",
    next: "Mend the client that sent it.",
  },
};

const zh: Record<Trouble, Words> = {
  starting: { title: "正在启动", message: "应用正在启动,暂时还不能应答。", next: "本页会自动重试。" },
  stopped: { title: "已停止", message: "应用已停止。", next: "请在控制台中启动它,或运行 `pluvia start`。" },
  failed: {
    title: "未在运行",
    message: "应用无法启动,或不断退出。",
    next: "原因见日志:在控制台打开“日志”,或运行 `pluvia logs`。",
  },
  unreachable: {
    title: "没有应答",
    message: "应用没有应答就断开了连接。",
    next: "请重试;若仍如此,请运行 `pluvia logs` 查看原因。",
  },
  slow: { title: "应答超时", message: "应用收到了请求,但没有及时应答。", next: "请稍后重试,或运行 `pluvia logs` 查看日志。" },
  unknown: {
    title: "这里什么也没有",
    message: "没有应用使用这个地址。",
    next: "请检查地址。控制台和 `pluvia ps` 会列出每个应用的地址。",
  },
  refused: { title: "请求有误", message: "这个请求可以有多种理解。", next: "请修正发出请求的客户端。" },
};

export interface Asked {
  /** `<application>/<component>`, where known. */
  readonly name: string | undefined;
  readonly host: string;
  readonly accept: string | undefined;
  readonly language: string | undefined;
  /** In place of the usual message. */
  readonly message?: string;
}

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly retryAfterSeconds: number | undefined;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
const coded = (text: string): string => escaped(text).replace(/`([^`]*)`/g, "<code>$1</code>");

const html = (words: Words, asked: Asked, language: "en" | "zh", reload: boolean): string => `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${reload ? '<meta http-equiv="refresh" content="3">' : ""}<title>${words.title}</title>
<style>:root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center}main{max-width:32rem;padding:2rem}h1{font-size:1.6rem;margin:0 0 .5rem}p{margin:.4rem 0}small{opacity:.6}code{background:#8883;padding:.1em .35em;border-radius:4px}</style></head>
<body><main><h1>${words.title}</h1><p>${coded(words.message)}</p><p>${coded(words.next)}</p><p><small>${escaped(asked.name ?? asked.host)} · Pluvia</small></p></main></body></html>
`;

const wantsHtml = (accept: string | undefined): boolean => accept?.includes("text/html") ?? false;
const chinese = (language: string | undefined): boolean => /^\s*zh/i.test(language ?? "");

/** What the gateway says for an application that does not answer: a page to a browser, an ErrorBody to programs. */
export function pageFor(trouble: Trouble, asked: Asked): Page {
  const language = chinese(asked.language) ? "zh" : "en";
  const words = { ...(language === "zh" ? zh : en)[trouble], ...(asked.message === undefined ? {} : { message: asked.message }) };
  const status = statuses[trouble];
  const retryAfterSeconds = trouble === "starting" ? 3 : undefined;
  if (wantsHtml(asked.accept))
    return {
      status,
      type: "text/html; charset=utf-8",
      body: html(words, asked, language, trouble === "starting"),
      retryAfterSeconds,
    };
  const error = {
    code: `gateway.${trouble}`,
    message: words.message,
    next: words.next,
    fields: [],
    request: "",
    operation: null,
  };
  return { status, type: "application/json; charset=utf-8", body: `${JSON.stringify({ error })}\n`, retryAfterSeconds };
}
