/** Partitions that are no team's own: data centers, addresses, connections, and what is found by a secret's hash. `*` stands for any text. */
export const sharedPartitions = ["data-center#*", "data-centers#*", "host#*", "connection#*", "agent#*", "builders"] as const;

/** Partitions that whoever acts for one team may touch; of teams, none but this one's. infra/aws/tenants.yml says the same. */
export const scopeOf = (tenant: string): readonly string[] => [`tenant#${tenant}`, `tenant#${tenant}#*`, ...sharedPartitions];
