import type { Listener } from "./proc.ts";
import { endpointsOf, portSignals } from "./probe.ts";

const ports = [{ port: 3000, hostPort: 20_001 }];
const listens = (port: number, reach: Listener["reach"] = "any", family: 4 | 6 = 4): Listener => ({ port, reach, family });

test.each<[string, Listener[], unknown, unknown]>([
  ["where it was told to", [listens(20_001)], [{ port: 3000, host: "127.0.0.1", hostPort: 20_001 }], []],
  ["on both families", [listens(20_001, "any", 6)], [{ port: 3000, host: "127.0.0.1", hostPort: 20_001 }], []],
  ["at its declared number", [listens(3000)], [{ port: 3000, host: "127.0.0.1", hostPort: 3000 }], []],
  [
    "on the loopback only",
    [listens(20_001, "loopback")],
    [{ port: 3000, host: "127.0.0.1", hostPort: 20_001 }],
    [{ code: "port.loopback-only", detail: { port: 3000 } }],
  ],
  [
    "on ::1 only",
    [listens(20_001, "loopback", 6)],
    [{ port: 3000, host: "::1", hostPort: 20_001 }],
    [{ code: "port.loopback-only", detail: { port: 3000 } }],
  ],
  ["elsewhere", [listens(8080)], [], [{ code: "port.other", detail: { wanted: 3000, listening: 8080 } }]],
  ["nowhere", [], [], [{ code: "port.not-listening", detail: { port: 3000 } }]],
])("an application that listens %s", (_, listeners, endpoints, signals) => {
  expect(endpointsOf(ports, listeners)).toEqual(endpoints);
  expect(portSignals(ports, listeners)).toEqual(signals);
});

test("without a declared port nothing is routed and nothing is odd", () => {
  expect(endpointsOf([{ port: 0, hostPort: 20_001 }], [listens(20_001)])).toEqual([]);
  expect(portSignals([{ port: 0, hostPort: 20_001 }], [])).toEqual([]);
});
