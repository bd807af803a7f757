/** What of an instance's id no other instance of its component has: a pod's own letters, or its number where it keeps one. */
export const instanceEnd = (id: string): string => id.slice(id.lastIndexOf("-") + 1);

/** What people call an instance; data centers name it by more than anyone wants to read. */
export const instanceName = (component: string, id: string): string => `${component}-${instanceEnd(id)}`;
