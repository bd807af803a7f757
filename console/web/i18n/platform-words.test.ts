import { ApiError } from "../../../shared/client/api-error.ts";
import { adviceCodes, adviceFor } from "../../../shared/domain/advice.ts";
import { cacheCodes } from "../../../shared/domain/build/cache-key.ts";
import { objectionCodes } from "../../../shared/domain/component.ts";
import { placingCodes } from "../../../shared/domain/data-center.ts";
import { joinRefusalCodes } from "../../../shared/domain/join.ts";
import { logCodes } from "../../../shared/domain/log-words.ts";
import { moveCodes } from "../../../shared/domain/movement.ts";
import { cannotCodes } from "../../../shared/domain/placement.ts";
import { effectCodes } from "../../../shared/domain/plan-change.ts";
import { preflightCodes } from "../../../shared/domain/preflight.ts";
import { quotaCodes } from "../../../shared/domain/quota.ts";
import { codesIn, sourcesOf } from "../../../test/architecture/said.ts";
import { told } from "./platform-words.ts";
import { platformZh } from "./platform-zh.ts";
import { toldError, toldField } from "./told-error.ts";

/** Every code in the tables of the domain, and every one written where something is told to people. */
const codes = new Set([
  ...adviceCodes,
  ...objectionCodes,
  ...effectCodes,
  ...joinRefusalCodes,
  ...placingCodes,
  ...moveCodes,
  ...cannotCodes,
  ...preflightCodes,
  ...cacheCodes,
  ...logCodes,
  ...quotaCodes,
  ...["application.name-taken", "component.name-taken", "data-center.name-taken"],
  ...codesIn(sourcesOf("shared", "functions", "edge-agents")),
]);
test("U1: whatever code the platform can give has words in Chinese", () => {
  expect(codes.size).toBeGreaterThan(100);
  expect([...codes].filter((code) => !(code in platformZh))).toEqual([]);
  expect(Object.entries(platformZh).filter(([, words]) => words.flat().some((text) => text?.trim() === ""))).toEqual([]);
});

test("U1: W5: advice is told with its facts in Chinese", () => {
  const advice = adviceFor({ code: "killed.memory", detail: { limitMib: 256 } });
  expect(told(platformZh, advice)).toEqual({
    message: "一个实例因使用内存超过 256 MiB 而被停止。",
    next: "请将内存上限从 256 MiB 提高到 512 MiB，或查明内存占用原因。",
  });
  const kept = { ...advice, params: { ...advice.params, keptRelease: 3 } };
  expect(told(platformZh, kept).next).toContain("发布版本 3");
});

test("what has no words, no facts or no catalogue is said as it came", () => {
  const said = { code: "port.other", message: "Something.", next: "Do it." };
  expect(told(undefined, said)).toEqual({ message: "Something.", next: "Do it." });
  expect(told(platformZh, said)).toEqual({ message: "Something.", next: "Do it." });
  expect(told(platformZh, { ...said, code: "new.code" })).toEqual({ message: "Something.", next: "Do it." });
});

test("U1: a refusal of the API is told by its reason, its fields by their rules", () => {
  const field = { path: "name", message: "Too small", rule: "too_short", params: { minimum: 12 } };
  expect(toldField(platformZh, field)).toBe("至少 12 个字符。");
  const error = new ApiError("invalid", "The body is wrong.", { status: 400, reason: "fields", fields: [field] });
  expect(toldError(platformZh, error).message).toBe("有些内容不正确：name: 至少 12 个字符。");
});

test("U1: A8: a field that a request does not have is told with the one probably meant, if one is near", () => {
  const field = { path: "replicsa", message: "is not a field of this request", rule: "unknown_field" };
  expect(toldField(platformZh, { ...field, params: { meant: "replicas" } })).toContain("您是否想用 replicas？");
  expect(toldField(platformZh, field)).toBe("此请求没有这一项。");
});
