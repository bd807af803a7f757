/** Of the platform; package.json says the same (test/architecture/operations.test.ts). */
export const version = "0.1.0";

/** The agents' protocol: what the platform speaks. Within it, both sides ignore what they do not know of the other. */
export const agentProtocol = { oldest: 1, newest: 1 } as const;
/** Older agents have a known fault that would harm what runs. */
export const agentVersionOldest = "0.1.0";
