interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** How every client of AWS is made. `endpoint` points it at an emulator; without it the region's own is used. */
export interface AwsSettings {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: Credentials | (() => Promise<Credentials>);
}

/**
 * Attempts of one call. Throttling and lost connections are tried again by the SDK with jittered back-off (at most 20 s each): five
 * attempts outlast the second in which a table's partition splits, and end well before a function's 28 s.
 */
const attemptsMax = 5;

export const clientConfig = (settings: AwsSettings) => ({
  ...settings,
  maxAttempts: attemptsMax,
  retryMode: "standard" as const,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000 },
});
