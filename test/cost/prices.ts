/** List prices in USD, us-east-1, without free tiers, per million where nothing else is said. From AWS's price pages, 2025. */
export const prices = {
  httpRequests: 1 / 1e6,
  socketMessages: 1 / 1e6,
  socketMinutes: 0.25 / 1e6,
  /** AWS IoT Core: minutes of a connection, in which pings are free; messages of 5 KB, CONNECT among them; a rule that fires and its action. */
  brokerMinutes: 0.08 / 1e6,
  brokerMessages: 1 / 1e6,
  brokerRules: (0.15 + 0.15) / 1e6,
  functionCalls: 0.2 / 1e6,
  /** arm64, per GB and second. */
  functionGbSeconds: 0.0000133334,
  readUnits: 0.125 / 1e6,
  writeUnits: 0.625 / 1e6,
  /** FIFO. */
  queueRequests: 0.5 / 1e6,
  standardQueueRequests: 0.4 / 1e6,
  /** Asked of STS. */
  credentials: 0,
  storePuts: 5 / 1e6,
  storeGets: 0.4 / 1e6,
  /** Each 64 KB begun of a key's use. */
  keyRequests: 3 / 1e6,
  /** 2 vCPU and 4 GB of Fargate for a second; Spot is cheaper. */
  builderSeconds: (2 * 0.04048 + 4 * 0.004445) / 3_600,
} as const;
export type Used = Record<keyof typeof prices, number>;

/** A function has 1 GB and works this long: most of it waits for the table. */
export const functionSeconds = 0.05;
/** One key of KMS, a month. */
export const keyMonth = 1;
/** CloudWatch: an alarm, and a metric of our own that is told all the time, a month. */
export const alarmMonth = 0.1;
export const metricMonth = 0.3;
