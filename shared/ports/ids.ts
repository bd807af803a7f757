export interface Ids {
  /**
   * A new id `<prefix>_` + 16 characters of [0-9a-z]: 8 of the time in ms (base 36), 8 random. Ids of one process
   * sort in the order they were made.
   */
  next<P extends string>(prefix: P): `${P}_${string}`;
  /** An unguessable secret, 256 bits, base64url. */
  secret(): string;
}
