import type { Circus } from "@jest/types";
import { TestEnvironment } from "jest-environment-node";

/** Where a test fails, its error says what the pages that it had open then showed: `shownByPages` is of browser.ts. */
// biome-ignore lint/style/noDefaultExport: so jest wants it
export default class PageEnvironment extends TestEnvironment {
  async handleTestEvent(event: Circus.Event): Promise<void> {
    if (event.name !== "test_fn_failure") return;
    const shown = await (this.global.shownByPages as undefined | (() => Promise<string>))?.();
    const error = event.error as Partial<Error>;
    const told = error.message;
    if (!shown || !told) return;
    const all = `${told}\n${shown}`;
    error.message = all;
    error.stack = error.stack?.replace(told, () => all) ?? all;
  }
}
