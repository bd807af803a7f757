import type { Notifier } from "../../shared/ports/notifier.ts";

/** What every Notifier promises: who it was for, and every word. `told`: all notices so far, oldest first, in a form that shows the words as they are. */
export function notifierSuite(name: string, open: () => Promise<{ notifier: Notifier; told: () => Promise<readonly string[]> }>) {
  describe(`Notifier: ${name}`, () => {
    test("a notice is kept as a whole once it is handed on, each on its own, in the order sent", async () => {
      const { notifier, told } = await open();
      await notifier.send({ to: "ada@example.org", subject: "您好", text: "one\nzwei 三" });
      await notifier.send({ to: "bob@example.org", subject: "second", text: "two" });
      const [first = "", second = ""] = (await told()).slice(-2);
      for (const part of ["ada@example.org", "您好", "one\nzwei 三"]) expect(first).toContain(part);
      expect(second).toContain("bob@example.org");
      expect(second).not.toContain("ada");
    });
  });
}
