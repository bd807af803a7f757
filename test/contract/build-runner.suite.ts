import type { BuildOrder } from "../../shared/contract/agent.ts";
import type { BuildRunner } from "../../shared/ports/build-runner.ts";

export interface BuildRunnerWorld {
  readonly runner: BuildRunner;
  /** An order whose builder runs until it is cancelled. */
  lasting(): BuildOrder;
  /** An order whose builder ends by itself. */
  ending(): BuildOrder;
  /** Resolves when the builder of the order has begun to work. */
  begun(order: BuildOrder): Promise<unknown>;
  /** Lets an `ending` one end and resolves when it has. */
  ended(order: BuildOrder): Promise<void>;
  /** Ends all builders as a clean stop of the platform does, and resolves when none runs. */
  stop(): Promise<void>;
  /** How often a builder was started for the order. */
  starts(order: BuildOrder): number | Promise<number>;
  close(): Promise<void>;
}

/** What every BuildRunner promises. `outlive`: builders run on when the platform stops. */
export const buildRunnerSuite = (name: string, open: () => Promise<BuildRunnerWorld>, { outlive = false } = {}): void => {
  describe(`BuildRunner: ${name}`, () => {
    let world: BuildRunnerWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());

    test("an order that was started runs", async () => {
      const order = world.lasting();
      const handle = await world.runner.start(order);
      expect(await world.runner.observe(handle)).toBe("running");
      await world.runner.cancel(handle);
    });

    test("the same order started again, even at the same time, is one builder", async () => {
      const order = world.lasting();
      const handles = await Promise.all([world.runner.start(order), world.runner.start(order)]);
      await world.begun(order);
      handles.push(await world.runner.start(order));
      expect(new Set(handles).size).toBe(1);
      expect(await world.starts(order)).toBe(1);
      await world.runner.cancel(handles[0] ?? "");
    });

    test("one that ends by itself is ended", async () => {
      const order = world.ending();
      const handle = await world.runner.start(order);
      await world.ended(order);
      expect(await world.runner.observe(handle)).toBe("ended");
    });

    test("a cancelled one does not run, and may be cancelled again", async () => {
      const order = world.lasting();
      const handle = await world.runner.start(order);
      await world.begun(order);
      await world.runner.cancel(handle);
      expect(await world.runner.observe(handle)).not.toBe("running");
      await world.runner.cancel(handle);
    });

    (outlive ? test.skip : test)(
      "W6: one that runs while the platform is stopped is stopped, not lost, as often as it happens; one that had ended stays ended",
      async () => {
        const done = world.ending();
        const ended = await world.runner.start(done);
        await world.ended(done);
        const order = world.lasting();
        const handle = await world.runner.start(order);
        await world.begun(order);
        for (let starts = 1; starts <= 3; starts++) {
          await world.stop();
          expect(await world.runner.observe(handle)).toBe("stopped");
          expect(await world.runner.observe(ended)).toBe("ended");
          await world.runner.start(order);
          expect(await world.runner.observe(handle)).toBe("running");
        }
        await world.runner.cancel(handle);
      },
    );

    test("one that nobody started is lost, and cancelling it is fine", async () => {
      const order = world.lasting();
      expect(await world.runner.observe(order.id)).toBe("lost");
      await world.runner.cancel(order.id);
    });
  });
};
