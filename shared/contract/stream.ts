import * as z from "zod";
import type { Fault } from "../base/fault.ts";
import { LogLine } from "./agent.ts";
import { Component } from "./component.ts";
import { Params } from "./id.ts";
import { Operation } from "./operation.ts";
import { Build } from "./release.ts";
import { Check } from "./source.ts";

/** Lines at once, and letters that are searched for. */
export const logLimits = { tail: 5_000, search: 200 } as const;

/**
 * One WebSocket protocol for everything live, spoken by the cloud plane (`/v1/realtime`: team, component, operation, build,
 * build-log, check) and by a data center's stream endpoint (log, terminal). Text frames of JSON, each at most 32 KB.
 *
 * A client subscribes to a channel from the sequence number it saw last (0: from the start; absent: only what comes now).
 * Frames of one subscription carry strictly growing sequence numbers; a client that reconnects and subscribes with its last number
 * misses nothing and sees nothing twice. Snapshot channels (component, operation, build, check) send the newest whole state, so
 * numbers may skip; line channels (build-log, log, terminal) never skip without a `gap`.
 */
export const ClientFrame = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("subscribe"),
    id: z.string().max(40),
    channel: z.string().max(200),
    after: z.int().min(0).optional(),
    /** The newest this many (that match `search`, that come before `before`), then what follows. */
    tail: z.int().min(0).max(logLimits.tail).optional(),
    /** With `tail`: only what is older than this sequence number. For reading backwards; such a subscription does not follow. */
    before: z.int().min(1).optional(),
    /** Only lines that contain this text; capital letters do not matter. */
    search: z.string().max(logLimits.search).optional(),
    follow: z.boolean().default(true),
    /** Size of a new terminal. */
    columns: z.int().min(1).max(1_000).optional(),
    rows: z.int().min(1).max(1_000).optional(),
  }),
  z.object({ type: z.literal("unsubscribe"), id: z.string().max(40) }),
  /** Keys typed into a terminal; `sequence` counts inputs from 1 so that a resent one is typed once. */
  z.object({ type: z.literal("input"), id: z.string().max(40), sequence: z.int().min(1), data: z.string().max(16_384) }),
  z.object({
    type: z.literal("resize"),
    id: z.string().max(40),
    columns: z.int().min(1).max(1_000),
    rows: z.int().min(1).max(1_000),
  }),
  z.object({ type: z.literal("ping") }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

export const StreamData = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("component"), component: Component }),
  z.object({ kind: z.literal("operation"), operation: Operation }),
  z.object({ kind: z.literal("build"), build: Build }),
  z.object({ kind: z.literal("check"), check: Check }),
  z.object({ kind: z.literal("lines"), lines: z.array(LogLine) }),
  z.object({ kind: z.literal("output"), data: z.string() }),
  /** Something of the team changed or was removed: fetch it again. */
  z.object({ kind: z.literal("changed"), resource: z.string(), resourceId: z.string() }),
]);
export type StreamData = z.infer<typeof StreamData>;

export const ServerFrame = z.discriminatedUnion("type", [
  /** The subscription stands. `resumed: false` on a snapshot or team channel: refetch, then trust what follows. */
  z.object({
    type: z.literal("subscribed"),
    id: z.string(),
    resumed: z.boolean(),
    /** Name this channel when subscribing again. A terminal is `terminal/<component>` at first and `terminal/<session>` from then on. */
    channel: z.string().optional(),
  }),
  /** `sequence` is that of the newest thing inside: of the last line of `lines`. */
  z.object({ type: z.literal("data"), id: z.string(), sequence: z.int(), data: StreamData }),
  /** Lines from..to are gone for good, and why (retention, rate limit). */
  z.object({
    type: z.literal("gap"),
    id: z.string(),
    from: z.int(),
    to: z.int(),
    reason: z.string(),
    code: z.string().optional(),
  }),
  /** Everything stored has been sent; with follow: what comes now is live. */
  z.object({ type: z.literal("caught-up"), id: z.string(), sequence: z.int() }),
  /** `code`, here and in a gap: stable word for what `reason` says. */
  z.object({
    type: z.literal("ended"),
    id: z.string(),
    reason: z.string(),
    code: z.string().optional(),
    exitCode: z.int().nullable().optional(),
  }),
  z.object({
    type: z.literal("error"),
    id: z.string().nullable(),
    code: z.string(),
    message: z.string(),
    next: z.string().optional(),
    /** What exactly was refused, as in the API's errors. */
    reason: z.string().optional(),
    params: Params.optional(),
  }),
  /** Highest input sequence typed so far. */
  z.object({ type: z.literal("typed"), id: z.string(), sequence: z.int() }),
  /** To agents: desired state moved to this cursor. */
  z.object({ type: z.literal("desired"), cursor: z.int() }),
  /** To agents: somebody looks at the data center; how much is used is worth telling for so long. */
  z.object({ type: z.literal("watched"), seconds: z.int().min(1).max(3_600) }),
  /** To agents: something is to be done with a node, or a builder is to run; or no longer. */
  z.object({ type: z.literal("tasks") }),
  z.object({ type: z.literal("pong") }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;
export type ErrorFrame = Extract<ServerFrame, { type: "error" }>;

/** `id`: the subscription that failed; null: the frame itself. */
export const errorFrame = (id: string | null, { code, message, next, reason, params }: Fault): ErrorFrame => ({
  type: "error",
  id,
  code,
  message,
  ...(next !== undefined && { next }),
  ...(reason !== undefined && { reason }),
  ...(params !== undefined && { params }),
});

/** Claims of a stream ticket: a JWT (EdDSA) signed by the cloud plane, good once (`jti`) and for 60 s. */
export const TicketClaims = z.object({
  jti: z.string(),
  tenant: z.string(),
  component: z.string(),
  kind: z.enum(["log", "terminal"]),
  instance: z.string().nullable(),
  command: z.array(z.string()).nullable(),
  actor: z.string(),
  exp: z.int(),
});
export type TicketClaims = z.infer<typeof TicketClaims>;
