import fc from "fast-check";
import { type InstanceFacts, plan, quickExitsMax, type RolloutFacts, type Step, type Target } from "./rollout.ts";

const target = (revision: string, replicas = 1): Target => ({
  revision,
  replicas,
  startMs: 10_000,
  graceMs: 5_000,
  handover: false,
});
const alone = (revision: string): Target => ({ ...target(revision), handover: true });
let made = 0;
const instance = (revision: string, state: InstanceFacts["state"], change: Partial<InstanceFacts> = {}): InstanceFacts => ({
  id: `${revision}${++made}`,
  revision,
  state,
  createdAt: 0,
  firstStartedAt: state === "waiting" ? null : 0,
  since: 0,
  everReady: state === "ready",
  waitUntil: null,
  quickExits: 0,
  hopeless: false,
  drained: false,
  killed: false,
  ...change,
});
const facts = (change: Partial<RolloutFacts>): RolloutFacts => ({
  target: target("new"),
  fallback: null,
  proven: false,
  rejected: false,
  instances: [],
  now: 100,
  graceMs: 4_000,
  ...change,
});
/** Steps as words, instances by their revision. */
const words = (steps: readonly Step[]): string[] =>
  steps.map((s) =>
    s.kind === "create"
      ? `create ${s.revision}`
      : s.kind === "promote"
        ? "promote"
        : `${s.kind} ${s.instance.replace(/\d+$/, "")}`,
  );

beforeEach(() => {
  made = 0;
});
const old = (state: InstanceFacts["state"] = "ready", change = {}) => instance("old", state, change);
const fresh = (state: InstanceFacts["state"] = "ready", change = {}) => instance("new", state, change);
const fallback = target("old");

test.each<[string, Partial<RolloutFacts>, string[], string]>([
  ["nothing runs yet", {}, ["create new"], "progressing"],
  ["nothing is wanted and nothing runs", { target: null }, [], "settled"],
  ["nothing is wanted but something runs", { target: null, instances: [fresh()] }, ["drain new"], "progressing"],
  ["its grace is its own, when nothing is wanted any more", { target: null, instances: [fresh("stopping")] }, [], "progressing"],
  ["after it", { target: null, now: 4_000, instances: [fresh("stopping")] }, ["kill new"], "progressing"],
  ["as wanted", { proven: true, instances: [fresh()] }, [], "settled"],
  ["the first time as wanted", { instances: [fresh()] }, ["promote"], "settled"],
  ["the old one serves, the new one is started beside it", { fallback, instances: [old()] }, ["create new"], "progressing"],
  [
    "only one may be: the old one leaves at once",
    { target: alone("new"), fallback, instances: [old()] },
    ["drain old"],
    "progressing",
  ],
  [
    "only one may be: the new one is started when the old one is gone, not before",
    { target: alone("new"), fallback, instances: [old("stopping", { since: 90 })] },
    [],
    "progressing",
  ],
  ["only one may be: the old one is gone", { target: alone("new"), fallback }, ["create new"], "progressing"],
  [
    "only one may be: what is fallen back to waits for the end of what was given up",
    { target: target("new"), fallback: alone("old"), rejected: true, instances: [fresh("starting")] },
    ["stop new"],
    "failed",
  ],
  ["the old one stays while the new one is not ready", { fallback, instances: [old(), fresh("starting")] }, [], "progressing"],
  [
    "the new one is ready: the old one leaves",
    { fallback, instances: [old(), fresh()] },
    ["promote", "drain old"],
    "progressing",
  ],
  [
    "a drained one is asked to end",
    { proven: true, instances: [old("draining", { drained: true }), fresh()] },
    ["stop old"],
    "progressing",
  ],
  ["one with requests is left alone", { proven: true, instances: [old("draining"), fresh()] }, [], "progressing"],
  ["one that was asked gets its grace", { proven: true, instances: [old("stopping"), fresh()] }, [], "progressing"],
  ["then it is killed", { proven: true, now: 5_000, instances: [old("stopping"), fresh()] }, ["kill old"], "progressing"],
  ["once", { proven: true, now: 9_000, instances: [old("stopping", { killed: true }), fresh()] }, [], "progressing"],
  ["what ended is forgotten", { proven: true, instances: [old("exited"), fresh()] }, ["forget old"], "progressing"],
  [
    "a new one that ends again and again is given up",
    { fallback, instances: [old(), fresh("waiting", { quickExits: quickExitsMax })] },
    ["reject new"],
    "progressing",
  ],
  [
    "a new one that cannot start is given up at once",
    { fallback, instances: [old(), fresh("waiting", { hopeless: true })] },
    ["reject new"],
    "progressing",
  ],
  [
    "a new one that is late is given up",
    { fallback, now: 10_000, instances: [old(), fresh("starting")] },
    ["reject new"],
    "progressing",
  ],
  [
    "given up: the new ones go, the old one stays",
    { fallback, rejected: true, instances: [old(), fresh("starting"), fresh("waiting")] },
    ["stop new", "forget new"],
    "failed",
  ],
  [
    "given up: an old one that is gone is made anew",
    { fallback, rejected: true, instances: [fresh("starting")] },
    ["create old", "stop new"],
    "failed",
  ],
  [
    "given up with nothing to fall back to: it is tried on",
    { rejected: true, instances: [fresh("waiting", { waitUntil: 50, quickExits: 7 })] },
    ["restart new"],
    "failed",
  ],
  ["and settles when it gets healthy after all", { rejected: true, instances: [fresh()] }, ["promote"], "settled"],
  [
    "one that waits is started when it is time",
    { proven: true, instances: [fresh("waiting", { waitUntil: 100 })] },
    ["restart new"],
    "progressing",
  ],
  ["and not before", { proven: true, instances: [fresh("waiting", { waitUntil: 101 })] }, [], "progressing"],
  [
    "what has served is not given up, but says that it fails",
    { proven: true, instances: [fresh("waiting", { waitUntil: 101, quickExits: 9, everReady: true })] },
    [],
    "failed",
  ],
  [
    "one that is unhealthy for long is replaced",
    { proven: true, now: 30_000, instances: [fresh("unhealthy", { everReady: true })] },
    ["create new", "stop new"],
    "progressing",
  ],
  ["scaled up", { target: target("new", 3), proven: true, instances: [fresh()] }, ["create new", "create new"], "progressing"],
  [
    "scaled down: the newest goes",
    { proven: true, instances: [fresh(), fresh("ready", { createdAt: 9 })] },
    ["drain new"],
    "progressing",
  ],
  [
    "a quarter more than wanted, no more",
    { target: target("new", 8), fallback: target("old", 8), instances: Array.from({ length: 8 }, () => old()) },
    ["create new", "create new"],
    "progressing",
  ],
  [
    "an old one without traffic goes at once",
    { fallback, instances: [old("unhealthy")] },
    ["create new", "stop old"],
    "progressing",
  ],
])("%s", (_, given, steps, phase) => {
  const planned = plan(facts(given));
  expect(words(planned.steps)).toEqual(steps);
  expect(planned.phase).toBe(phase);
});

test("scaling down keeps the oldest", () => {
  const planned = plan(
    facts({
      proven: true,
      instances: [fresh("ready", { createdAt: 2 }), fresh("ready", { createdAt: 1 }), fresh("ready", { createdAt: 3 })],
    }),
  );
  expect(planned.steps).toEqual([
    { kind: "drain", instance: "new3" },
    { kind: "drain", instance: "new1" },
  ]);
});

test("it wakes for the next thing that is due: a back-off, a grace, a deadline", () => {
  expect(plan(facts({ proven: true, instances: [fresh("waiting", { waitUntil: 700 })] })).wakeAt).toBe(700);
  expect(plan(facts({ target: null, fallback, instances: [fresh("stopping", { since: 50 })] })).wakeAt).toBe(5_050);
  expect(plan(facts({ instances: [fresh("starting", { firstStartedAt: 20 })] })).wakeAt).toBe(10_020);
  expect(plan(facts({ proven: true, instances: [fresh()] })).wakeAt).toBeNull();
});

/** A world of pretended instances that does what the plan says; `luck` decides how programs behave. */
function simulate(options: { replicas: number; oldReplicas: number; isGood: boolean; luck: readonly number[] }) {
  const { replicas, oldReplicas, isGood, luck } = options;
  let [now, at, id] = [0, 0, 0];
  let [proven, rejected] = [false, false];
  let instances: InstanceFacts[] = Array.from({ length: oldReplicas }, () => ({ ...instance("old", "ready"), id: `old${id++}` }));
  const wanted = Math.min(replicas, oldReplicas);
  const change = (name: string, to: Partial<InstanceFacts>): void => {
    instances = instances.map((i) => (i.id === name ? { ...i, ...to } : i));
  };
  const add = (revision: string): void => {
    const born = { createdAt: now, since: now, firstStartedAt: now, everReady: false };
    instances.push({ ...instance(revision, "starting", born), id: `${revision}${id++}` });
  };
  const changes = { restart: "starting", drain: "draining", stop: "stopping" } as const;
  const act = (step: Step): void => {
    if (step.kind === "create") add(step.revision);
    else if (step.kind === "promote") proven = true;
    else if (step.kind === "reject") rejected = true;
    else if (step.kind === "forget") instances = instances.filter((i) => i.id !== step.instance);
    else if (step.kind === "kill") change(step.instance, { killed: true });
    else change(step.instance, { state: changes[step.kind], since: now, drained: false });
  };
  /** One living thing moves on by one step. */
  const live = (): void => {
    const turn = luck[at++ % luck.length] ?? 0;
    const i = instances[turn % Math.max(1, instances.length)];
    if (!i) return;
    if (i.state === "draining") change(i.id, { drained: true });
    else if (i.state === "stopping") change(i.id, { state: "exited" });
    else if (i.state === "starting" && (isGood || i.revision === "old"))
      change(i.id, { state: "ready", everReady: true, since: now });
    else if (i.state === "starting")
      change(i.id, { state: "waiting", waitUntil: now + 10, quickExits: i.quickExits + 1, since: now });
  };
  let least = wanted;
  let most = 0;
  let phase = "progressing";
  for (let turns = 0; turns < 4_000 && !(phase !== "progressing" && instances.every((i) => i.state === "ready")); turns++) {
    const planned = plan({
      target: target("new", replicas),
      fallback: proven ? null : target("old", oldReplicas),
      proven,
      rejected,
      instances,
      now,
      graceMs: 0,
    });
    for (const step of planned.steps) act(step);
    phase = planned.phase;
    if (planned.steps.length === 0) live();
    least = Math.min(least, instances.filter((i) => i.state === "ready").length);
    most = Math.max(most, instances.filter((i) => !["draining", "stopping", "exited"].includes(i.state)).length);
    now += 5;
  }
  return { phase, instances, least, most, wanted };
}

test("W7 W8: whatever the order of events, a rollout ends as it must and never has fewer ready than before or after it", () => {
  const options = fc.record({
    replicas: fc.integer({ min: 1, max: 9 }),
    oldReplicas: fc.integer({ min: 1, max: 9 }),
    isGood: fc.boolean(),
    luck: fc
      .array(fc.nat(1_000), { minLength: 1, maxLength: 60 })
      .map((l) => [...l, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]),
  });
  fc.assert(
    fc.property(options, (given) => {
      const end = simulate(given);
      expect(end.phase).toBe(given.isGood ? "settled" : "failed");
      expect(end.least).toBeGreaterThanOrEqual(end.wanted);
      expect(end.instances.map((i) => i.revision)).toEqual(
        Array.from({ length: given.isGood ? given.replicas : given.oldReplicas }, () => (given.isGood ? "new" : "old")),
      );
      const biggest = Math.max(given.replicas, given.oldReplicas);
      expect(end.most).toBeLessThanOrEqual(biggest + Math.max(1, Math.ceil(biggest / 4)));
    }),
    { numRuns: 300 },
  );
});
