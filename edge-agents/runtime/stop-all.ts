/** Ends what was begun, newest first. One that cannot be ended is told of, and keeps none of the others from it. */
export async function stopAll(stops: readonly (() => unknown)[], log: (fields: object, message: string) => void): Promise<void> {
  for (const stop of [...stops].reverse())
    try {
      await stop();
    } catch (error) {
      log({ error }, "a part of the agents could not be stopped as it should");
    }
}
