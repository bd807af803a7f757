import { queueSuite } from "../contract/queue.suite.ts";
import { describeEmulators } from "./emulator.ts";
import { queuesOn } from "./queue-server.ts";

describeEmulators((name, aws) =>
  queueSuite(`SQS standard of ${name}`, queuesOn(aws, ""), {
    real: { faster: 5 },
    unkept: ["turns", "minutes", "order", "dedupe"],
  }),
);
