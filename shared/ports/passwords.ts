export interface Passwords {
  hash(password: string): Promise<string>;
  /** With no hash (nobody has that name) it answers false after the same time. */
  verify(hash: string | undefined, password: string): Promise<boolean>;
}
