export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

/** A piece of work in a trace. */
export interface Span {
  /** W3C traceparent, for what this work causes. */
  readonly trace: string;
  /** `failure`: a stable word for why it failed. */
  end(attributes: Readonly<Record<string, string | number | boolean>>, failure?: string): void;
}

/** Tells what the parts of the platform did for one request, from place to place. */
export interface Tracer {
  /** Below `parent`, a traceparent; or else a trace of its own. undefined: nobody traces. */
  begin(name: string, options: { readonly kind: SpanKind; readonly parent?: string | undefined }): Span | undefined;
  /** Resolves when what has ended was taken, or given up: tracing never makes work fail. */
  flush(): Promise<void>;
}
