/** A named lock with an end, held by one owner at a time. */
export interface Lease {
  /** The fencing token (grows with every change of owner), or undefined while another holds it. Own leases are renewed. */
  acquire(name: string, owner: string, ttlMs: number): Promise<number | undefined>;
  release(name: string, owner: string): Promise<void>;
  holder(name: string): Promise<{ owner: string; token: number } | undefined>;
}
