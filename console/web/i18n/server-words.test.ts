import { adviceFor } from "../../../shared/domain/advice.ts";
import { serverWords } from "./server-words.ts";

test.each([
  { code: "exit.at-once", detail: { code: 1 } },
  { code: "exit.repeated", detail: { restarts: 3, code: 1 } },
  { code: "killed.memory", detail: { limitMib: 256 } },
  { code: "port.not-listening", detail: { port: 3000 } },
  { code: "health.status", detail: { path: "/up", status: 404 } },
  { code: "start.timeout", detail: { seconds: 60 } },
])("U1: W5: the advice $code is told in Chinese too, with its facts", (signal) => {
  const { message, next } = adviceFor(signal);
  for (const sentence of [message, next]) {
    expect(serverWords(sentence, "en")).toBe(sentence);
    expect(serverWords(sentence, "zh")).toMatch(/[\u4e00-\u9fff]/);
  }
  for (const fact of Object.values(signal.detail))
    expect(serverWords(message, "zh") + serverWords(next, "zh")).toContain(String(fact));
});
test("a sentence that is not known is said as it came", () => {
  expect(serverWords("Something new.", "zh")).toBe("Something new.");
});
