import type { SecureContextOptions } from "node:tls";

/** Who we are towards an API server, and how it is known to be the right one. */
export interface Credentials {
  readonly tls: Pick<SecureContextOptions, "ca" | "cert" | "key"> & {
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  readonly headers: Readonly<Record<string, string>>;
}

/** How one API server is reached. */
export interface Access {
  readonly server: string;
  /** Asked for with every call, as they may be short-lived. While `tls` is the same, so is the object: connections opened with it stay in use. */
  credentials(): Promise<Credentials>;
}
