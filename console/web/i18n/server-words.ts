/** Sentences that the platform says in English, with what varies in them, and the same in Chinese. */
const chinese: readonly (readonly [RegExp, string])[] = [
  [/^It has no release yet: deploy it first, then .*$/, "还没有发布版本：请先部署。"],
  [/^It is stopped: start it, then .*$/, "已停止：请先启动。"],
  [/^It is started already: .*$/, "已经启动；如需替换实例请使用重启。"],
  [/^It is stopped already\.$/, "已经停止。"],
  [/^It is being removed\.$/, "正在删除。"],
  [/^The program ended right after its start with exit code (.+)\.$/, "程序启动后立即退出，退出码 $1。"],
  [/^Read the last lines of its log; often .*$/, "请查看日志的最后几行；常见原因是缺少变量或启动命令有误。"],
  [/^The program keeps ending: (.+) restarts so far, last exit code (.+)\.$/, "程序反复退出：已重启 $1 次，最近退出码 $2。"],
  [/^The program keeps ending: (.+) restarts so far\.$/, "程序反复退出：已重启 $1 次。"],
  [/^Read its log around the last exit, .*$/, "请查看最近一次退出前后的日志，修复后重新部署，或回滚。"],
  [/^An instance was stopped because it used more than its (\d+) MiB of memory\.$/, "一个实例因使用内存超过 $1 MiB 而被停止。"],
  [/^Raise the memory limit from (\d+) to (\d+) MiB, .*$/, "请将内存上限从 $1 MiB 提高到 $2 MiB，或查明内存占用原因。"],
  [/^Nothing listens on port (\d+): .*$/, "端口 $1 上没有监听：程序在运行，但不接受连接。"],
  [
    /^Let it listen on the port in the variable PORT, or correct the component's port\.$/,
    "请让程序监听变量 PORT 指定的端口，或更正组件端口。",
  ],
  [/^The program listens on port (\d+), but was expected on (\d+) .*$/, "程序监听端口 $1，但应监听 $2（变量 PORT）。"],
  [/^The health check of (.+) answers (\d+); .*$/, "健康检查 $1 返回 $2，应为 200 至 399。"],
  [/^Set the health check's path to one that exists, or check by TCP\.$/, "请将健康检查路径改为存在的路径，或改用 TCP 检查。"],
  [/^The new release did not become healthy within (\d+) seconds\.$/, "新版本在 $1 秒内未能变为健康。"],
  [/^Read its log; if it only starts slowly, .*$/, "请查看日志；如果只是启动较慢，请延长健康检查的启动时间。"],
  [
    /^The data center has not been heard from lately, .*$/,
    "最近没有收到数据中心的消息，显示的是最后已知状态；那里的应用仍在运行。",
  ],
  [/^Check that its agents run and can reach the platform\.$/, "请检查代理是否在运行并能连接平台。"],
];

/** What the platform said, in the reader's language where we know the sentence; otherwise as it was said. */
export function serverWords(sentence: string, language: string): string {
  if (language !== "zh") return sentence;
  for (const [pattern, words] of chinese) if (pattern.test(sentence)) return sentence.replace(pattern, words);
  return sentence;
}
