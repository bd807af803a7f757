import type { ComponentId } from "../../../shared/contract/id.ts";

/** What a person asks for, until an answer comes or patience ends. */
export interface Request {
  readonly name: string;
  readonly asks: "deploy" | "configure" | "rollback" | "restart" | "scale" | "start" | "stop" | "remove" | "cancel";
  readonly component: ComponentId;
  readonly replicas?: number;
  readonly release?: string;
  readonly sentAt: number;
  /** `askedAt`: when it was asked the time that was answered. */
  answer?: { readonly status: number; readonly operation: string | undefined; readonly askedAt: number; readonly at: number };
}
