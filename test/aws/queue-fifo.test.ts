import { queueSuite } from "../contract/queue.suite.ts";
import { describeEmulators } from "./emulator.ts";
import { queuesOn } from "./queue-server.ts";

describeEmulators((name, aws) =>
  queueSuite(`SQS FIFO of ${name}`, queuesOn(aws, ".fifo"), { real: { faster: 5 }, unkept: ["turns", "minutes"] }),
);
