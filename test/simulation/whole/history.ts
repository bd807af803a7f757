import type { TenantId } from "../../../shared/contract/id.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import type { ComponentRecord, DesiredRow, ReleaseRecord, StatusRow } from "../../../shared/control/component-tables.ts";
import type { Row, Write } from "../../../shared/ports/table.ts";
import type { Cause } from "./fate.ts";
import type { Request } from "./request.ts";

/** What a component is meant to be: all that a request can change of it. */
interface Intent {
  readonly wanted: "running" | "stopped";
  readonly replicas: number;
  readonly configured: number;
  readonly restart: number;
  readonly release: number | null;
  readonly nextRelease: number;
  readonly removing: boolean;
}
const intentOf = (r: ComponentRecord): Intent => ({
  wanted: r.wanted,
  replicas: r.replicas,
  configured: r.configuration.replicas,
  restart: r.restart,
  release: r.release?.number ?? null,
  nextRelease: r.nextRelease,
  removing: r.removing,
});

/** The sequential model: one request after the other, with nothing that could go wrong. */
function after(before: Intent, request: Request, releases: readonly ReleaseRecord[]): Intent {
  const released = { release: before.nextRelease, nextRelease: before.nextRelease + 1 };
  switch (request.asks) {
    case "deploy":
    case "cancel":
      return before;
    case "configure":
      return { ...before, ...released, replicas: before.configured };
    case "rollback": {
      const { replicas } = releases.find((r) => r.id === request.release)?.configuration ?? { replicas: Number.NaN };
      return { ...before, ...released, replicas, configured: replicas, wanted: "running" };
    }
    case "restart":
      return { ...before, restart: before.restart + 1 };
    case "scale":
      return { ...before, replicas: request.replicas ?? Number.NaN, configured: request.replicas ?? Number.NaN };
    case "start":
      return { ...before, wanted: "running" };
    case "stop":
      return { ...before, wanted: "stopped" };
    case "remove":
      return { ...before, removing: true };
  }
}

/** The operation that a request made, and when. */
interface Effect {
  readonly operation: string;
  readonly at: number;
}
/** What is written with a component, and why. */
interface By {
  readonly begun: readonly Operation[];
  readonly operations: readonly Operation[];
  readonly puts: readonly Row[];
  readonly cause: Cause | undefined;
}

export const isOpen = (o: Pick<Operation, "state">): boolean => o.state === "pending" || o.state === "running";
const asText = (value: unknown): string => JSON.stringify(value);

/**
 * Every commit of the cloud plane's store, held against the sequential model as it comes: each takes effect at once and as a whole, so that their order is
 * the order of the history.
 */
export class History {
  readonly violations: string[] = [];
  readonly components = new Map<string, ComponentRecord>();
  readonly operations = new Map<string, Operation>();
  readonly releases = new Map<string, ReleaseRecord>();
  readonly desired = new Map<string, DesiredRow>();
  readonly statuses = new Map<string, StatusRow>();
  readonly requests: Request[] = [];
  /** The operation of each request, and when it was committed. */
  readonly effects = new Map<Request, Effect[]>();
  /** The newest generation that was applied in the data center, and whether anything is left of a component there. */
  readonly reached = new Map<string, number>();
  runs: (component: string) => boolean = () => false;
  #sequence = 0;
  readonly #now: () => number;
  readonly #tenant: TenantId;
  constructor(tenant: TenantId, now: () => number) {
    this.#tenant = tenant;
    this.#now = now;
  }

  readonly wrong = (what: string, ...facts: unknown[]): void => {
    if (this.violations.length < 5) this.violations.push([what, ...facts.map(asText)].join(" "));
  };

  begin(rows: readonly Row[]): void {
    for (const row of rows) this.#keep({ kind: "put", row });
  }

  committed(writes: readonly Write[], cause: Cause | undefined): void {
    const puts = writes.flatMap((write) => (write.kind === "put" ? [write.row] : []));
    const operations = this.#of<Operation>(puts, "operation#").filter((o) => o.component !== null);
    const begun = operations.filter((o) => !this.operations.has(o.id));
    for (const operation of operations) this.#checkOperation(operation, puts, writes);
    for (const row of this.#of<ComponentRecord>(puts, "component#"))
      this.#checkComponent(row, { begun, puts, cause, operations });
    for (const row of this.#of<DesiredRow>(puts, "desired#")) this.#checkDesired(row);
    for (const row of this.#of<StatusRow>(puts, "status#")) this.#checkStatus(row);
    for (const operation of begun) this.#effect(operation, puts, cause);
    for (const write of writes) this.#keep(write);
    for (const { component } of operations) this.#checkOpen(component);
  }

  #of<T>(rows: readonly Row[], prefix: string): T[] {
    return rows.filter(({ sk }) => sk.startsWith(prefix)).map(({ value }) => value as unknown as T);
  }

  #keep(write: Write): void {
    if (write.kind === "check") return;
    const { pk, sk } = write.kind === "put" ? write.row : write.key;
    const value = write.kind === "put" ? (write.row.value as unknown) : undefined;
    const set = <T>(map: Map<string, T>, key: string) => void (value === undefined ? map.delete(key) : map.set(key, value as T));
    if (sk.startsWith("component#")) set(this.components, sk.slice("component#".length));
    if (sk.startsWith("operation#")) set(this.operations, sk.slice("operation#".length));
    if (sk.startsWith("release#")) set(this.releases, `${pk} ${sk}`);
    if (sk.startsWith("status#")) set(this.statuses, sk.slice("status#".length));
    if (!sk.startsWith("desired#")) return;
    set(this.desired, sk.slice("desired#".length));
    this.#sequence = Math.max(this.#sequence, (value as DesiredRow | undefined)?.sequence ?? 0);
  }

  releasesOf = (component: string): ReleaseRecord[] =>
    [...this.releases.values()].filter((r) => r.component === component).sort((a, b) => a.number - b.number);

  /** An end is final, and success is true. */
  #checkOperation(operation: Operation, puts: readonly Row[], writes: readonly Write[]): void {
    const before = this.operations.get(operation.id);
    if (before && !isOpen(before)) this.wrong("an operation that had ended was changed", before.state, operation.state);
    if (operation.state !== "succeeded" || operation.component === null) return;
    const reached = this.reached.get(operation.component) ?? 0;
    const isTrue = operation.kind === "remove" ? !this.runs(operation.component) : reached >= (operation.target ?? Number.NaN);
    if (!isTrue)
      this.wrong("an operation succeeded that the data center had not fulfilled", operation.kind, operation.target, reached);
    const isGone = writes.some((w) => w.kind === "remove" && w.key.sk === `component#${operation.component}`);
    const seen = this.#of<StatusRow>(puts, "status#")[0]?.observation;
    if (!isGone && (seen?.phase !== "settled" || seen.generation < (operation.target ?? 0)))
      this.wrong("an operation succeeded without a report that says so", operation.kind, seen?.phase);
  }

  #checkComponent(record: ComponentRecord, by: By): void {
    const before = this.components.get(record.id);
    if (!before) {
      this.wrong("a component came from nowhere", record.id);
      return;
    }
    if (record.generation !== before.generation + 1)
      this.wrong("an update was lost", record.id, before.generation, record.generation);
    const expected = this.#expected(before, record, by);
    if (expected && asText(expected) !== asText(intentOf(record)))
      this.wrong("a component is not what the requests say", by.begun[0]?.kind ?? by.cause?.kind, expected, intentOf(record));
    const newest =
      by.begun[0] ?? by.operations.find((o) => o.id === record.newest?.id) ?? this.operations.get(record.newest?.id ?? "");
    if (newest && record.newest?.state !== newest.state)
      this.wrong("a component tells another state of its operation", record.newest?.state, newest.state);
  }

  #expected(before: ComponentRecord, record: ComponentRecord, by: By): Intent | undefined {
    const [operation] = by.begun;
    const request = by.cause?.request;
    if (operation) {
      const isAsked = request?.asks === operation.kind && request.component === record.id;
      return isAsked ? after(intentOf(before), request, this.releasesOf(record.id)) : undefined;
    }
    const released = this.#of<ReleaseRecord>(by.puts, "release#").find((r) => r.generation === 1);
    if (released) return this.#released(before, released);
    return record.release?.number === before.release?.number ? intentOf(before) : this.#fallenBack(before, record, by);
  }
  #released(before: ComponentRecord, { build }: ReleaseRecord): Intent {
    const open = this.operations.get(before.newest?.id ?? "");
    if (!open || !isOpen(open) || open.kind !== "deploy" || open.build !== build)
      this.wrong("a build was released that nobody waits for", open?.kind, open?.state);
    const intent = intentOf(before);
    const { nextRelease, configured } = intent;
    return { ...intent, release: nextRelease, nextRelease: nextRelease + 1, replicas: configured, wanted: "running" };
  }
  #fallenBack({ deployed, ...before }: ComponentRecord, { newest }: ComponentRecord, { operations }: By): Intent {
    const last = operations.find((o) => o.id === newest?.id) ?? this.operations.get(newest?.id ?? "");
    if (!deployed || !last || isOpen(last) || last.state === "superseded")
      this.wrong("a component fell back without a reason", last?.state, deployed);
    const { number = null, replicas = Number.NaN } = deployed ?? {};
    return { ...intentOf({ ...before, deployed }), release: number, replicas };
  }

  #checkDesired(row: DesiredRow): void {
    const before = this.desired.get(row.component);
    if (row.sequence <= this.#sequence) this.wrong("two changes of desired state have one number", row.sequence, this.#sequence);
    if (before && row.generation <= before.generation) this.wrong("desired state went back", before.generation, row.generation);
    this.#sequence = Math.max(this.#sequence, row.sequence);
  }

  #checkStatus({ component, agent, observation }: StatusRow): void {
    const before = this.statuses.get(component);
    if (before?.agent === agent && observation.sequence <= before.observation.sequence)
      this.wrong("an older report replaced a newer one", before.observation.sequence, observation.sequence);
    if (observation.generation > (this.desired.get(component)?.generation ?? 0))
      this.wrong("the data center told of what nobody wanted", observation.generation);
  }

  #effect(operation: Operation, puts: readonly Row[], cause: Cause | undefined): void {
    const request = cause?.request;
    if (!request) {
      this.wrong("an operation that nobody asked for", operation.kind, cause?.kind);
      return;
    }
    if (request.asks !== operation.kind || request.component !== operation.component)
      this.wrong("another operation than was asked for", request.asks, operation.kind);
    const audited = this.#of<{ subject: string }>(puts, "audit#").filter(({ subject }) => subject === operation.component);
    if (audited.length !== 1) this.wrong("an operation without its audit entry", operation.kind, audited.length);
    this.effects.set(request, [...(this.effects.get(request) ?? []), { operation: operation.id, at: this.#now() }]);
  }

  #checkOpen(component: string | null): void {
    const open = [...this.operations.values()].filter((o) => o.component === component && isOpen(o));
    if (open.length > 1)
      this.wrong(
        "two unfinished operations",
        open.map(({ kind, state }) => `${kind} ${state}`),
      );
    const newest = this.components.get(component ?? "")?.newest;
    if (open[0] && newest && open[0].id !== newest.id)
      this.wrong("the unfinished operation is not the newest", newest, open[0].id);
  }

  /** What people were told is so, exactly once, and was so between their question and its answer. */
  checkAnswers(): void {
    for (const request of this.requests) {
      const effects = this.effects.get(request) ?? [];
      if (effects.length > 1) this.wrong("a request was done twice", request.asks, effects.length);
      if (request.answer && request.asks !== "cancel") this.#checkAnswer(request, request.answer, effects[0]);
    }
  }
  #checkAnswer({ asks, sentAt }: Request, answer: NonNullable<Request["answer"]>, effect: Effect | undefined): void {
    if (answer.status >= 300) {
      // An earlier question may be under way still, and come to another end.
      if (effect && effect.at < answer.askedAt) this.wrong("what was done is told to be refused", asks, answer.status);
    } else if (!effect) this.wrong("what was acknowledged was never done", asks);
    else if (answer.operation !== effect.operation)
      this.wrong("an answer tells of another operation", asks, answer.operation, effect);
    else if (effect.at < sentAt || effect.at > answer.at) this.wrong("an effect outside of its request's time", asks, effect.at);
  }

  /** Nothing of the team waits for anything any more. */
  restless(rows: readonly Row[]): string[] {
    const open = [...this.operations.values()]
      .filter(isOpen)
      .map(({ kind, state, component }) => `${kind} of ${component} is ${state}`);
    const left = rows.filter(
      ({ pk, sk }) =>
        pk === `tenant#${this.#tenant}` &&
        (sk.startsWith("outbox#") || sk.startsWith("watch#operation") || sk.startsWith("watch#build")),
    );
    const behind = [...this.components.values()].flatMap(({ id, desired, removing }) => {
      const seen = this.statuses.get(id)?.observation;
      const isThere = seen !== undefined && seen.generation === desired && (seen.phase === "settled" || seen.phase === "failed");
      return isThere && !removing ? [] : [`${id} is to be ${desired} and ${seen?.phase} at ${seen?.generation}`];
    });
    return [...open, ...left.map(({ sk }) => `${sk} is left`), ...behind];
  }
}
