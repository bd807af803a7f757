/**
 * Of Node in the agents' image. Left to itself V8 lets the heap double before it collects, and keeps 48 MB for young objects; for size it compiles less, which
 * saves 6 to 9 MB of an agent with up to a thousand components, and no time. With `gc` the agents themselves give back what a burst has left (`edge-agents/runtime/give-back.ts`).
 */
export const memoryFlags = ["--optimize-for-size", "--max-semi-space-size=4", "--heap-growing-percent=20", "--expose-gc"];

/**
 * Of the C library: one pool of memory for all threads, what is free at its end goes back at once, and what is large is no part of it, so that it goes back
 * wherever it was. 25 MB less at 10,000 components.
 */
export const memoryEnvironment = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072", MALLOC_MMAP_THRESHOLD_: "16384" };
