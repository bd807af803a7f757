/** Sentences that the platform says in English, with what varies in them, and the same in Chinese. */
const chinese: readonly (readonly [RegExp, string])[] = [
  [/^It has no release yet: deploy it first, then .*$/, "还没有发布版本：请先部署。"],
  [/^It is stopped: start it, then .*$/, "已停止：请先启动。"],
  [/^It is started already: .*$/, "已经启动；如需替换实例请使用重启。"],
  [/^It is stopped already\.$/, "已经停止。"],
  [/^It is being removed\.$/, "正在删除。"],
];

/** What the platform said, in the reader's language where we know the sentence; otherwise as it was said. */
export function serverWords(sentence: string, language: string): string {
  if (language !== "zh") return sentence;
  for (const [pattern, words] of chinese) if (pattern.test(sentence)) return sentence.replace(pattern, words);
  return sentence;
}
