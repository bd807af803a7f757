import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import { promisify } from "node:util";

const datasync = promisify(fdatasync);

/** Brings what was written to a file onto the disk without holding up the event loop. Who asks while the disk is writing shares the next write. */
export class SharedSync {
  readonly #fd: number;
  readonly #faultOf: (error: unknown) => Error;
  #isClosed = false;
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** @throws when there is no such file. */
  constructor(file: string, faultOf: (error: unknown) => Error) {
    this.#fd = openSync(file, "r+");
    this.#faultOf = faultOf;
  }

  /** Resolves when all that was written before this call is on the disk. */
  sync(): Promise<void> {
    this.#next ??= this.#current.then(() => {
      this.#next = undefined;
      const writing = this.#write();
      this.#current = writing.catch(() => {});
      return writing;
    });
    return this.#next;
  }

  /** Brings everything onto the disk first, so that whoever waits still is right. */
  close(): void {
    fdatasyncSync(this.#fd);
    this.#isClosed = true;
    closeSync(this.#fd);
  }

  async #write(): Promise<void> {
    if (this.#isClosed) return;
    try {
      await datasync(this.#fd);
    } catch (error) {
      if (!this.#isClosed) throw this.#faultOf(error);
    }
  }
}
