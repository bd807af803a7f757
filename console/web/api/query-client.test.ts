import { QueryObserver } from "@tanstack/react-query";
import { askOnceMore, queryClient, refetch, refetchIfOnItsWay } from "./query-client.ts";

/** What is asked for, while somebody looks: each answer comes when it is given. */
function looked(name: string) {
  const asked: ((answer: string) => void)[] = [];
  const queryFn = () => new Promise<string>((resolve) => asked.push(resolve));
  const observer = new QueryObserver<string>(queryClient, { queryKey: [name], queryFn, gcTime: Number.POSITIVE_INFINITY });
  const stop = observer.subscribe(() => {});
  return {
    asked,
    stop,
    shown: () => queryClient.getQueryData([name]),
    /** Answers that question, the first being 0, and waits for what follows from that. */
    async answer(at: number, answer: string) {
      asked[at]?.(answer);
      for (let n = 0; n < 20; n++) await Promise.resolve();
    },
  };
}
afterEach(() => queryClient.clear());

test("U1: what has changed while its first answer was on its way is asked for once more, however often it changed", async () => {
  const list = looked("list");
  refetch(["list"]);
  refetch(["list"]);
  expect(list.asked).toHaveLength(1);
  await list.answer(0, "before the change");
  expect([list.shown(), list.asked.length]).toEqual(["before the change", 2]);
  await list.answer(1, "after it");
  expect([list.shown(), list.asked.length]).toEqual(["after it", 2]);
  list.stop();
});

test("U1: what is newer than an answer that is on its way is not undone by that", async () => {
  const list = looked("list");
  await list.answer(0, "first");
  void queryClient.invalidateQueries({ queryKey: ["list"] });
  queryClient.setQueryData(["list"], "changed");
  refetchIfOnItsWay(["list"]);
  await list.answer(1, "before the change");
  expect(list.shown()).toBe("changed");
  await list.answer(2, "after it");
  expect([list.shown(), list.asked.length]).toEqual(["after it", 3]);
  refetchIfOnItsWay(["list"]);
  expect(list.asked).toHaveLength(3);
  list.stop();
});

test("U1: what is asked for once more is not given up for that", async () => {
  const list = looked("list");
  await list.answer(0, "first");
  void queryClient.invalidateQueries({ queryKey: ["list"] });
  askOnceMore({ queryKey: ["list"] });
  expect(list.asked).toHaveLength(2);
  await list.answer(1, "second");
  expect([list.shown(), list.asked.length]).toEqual(["second", 3]);
  list.stop();
});
