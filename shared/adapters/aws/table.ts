import { deflateRawSync, inflateRawSync } from "node:zlib";
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type ConsumedCapacity,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from "@aws-sdk/client-dynamodb";
import { canonical } from "../../base/canonical.ts";
import { Fault, isFault } from "../../base/fault.ts";
import { backoffMs } from "../../base/retry.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Key, Row, Table, TableQuery, Write } from "../../ports/table.ts";
import {
  checkKeys,
  checkQuery,
  checkWrites,
  conflicting,
  keyOf,
  pageOf,
  type PageToken,
  pageToken,
  rowText,
} from "../table-rules.ts";
import { type AwsSettings, clientConfig } from "./client.ts";

export interface AwsTableOptions {
  readonly aws: AwsSettings;
  readonly name: string;
  /** Those of its own by default. */
  readonly connections?: Connections;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told the units that each call used: the bill in the making. */
  readonly onConsumed?: (call: "get" | "query" | "transact", units: number) => void;
}

type Connections = DynamoDBClient["config"]["requestHandler"];
/** For clients of several credentials, which need not connect each by itself. */
export const connectionsOf = (aws: AwsSettings): Connections => new DynamoDBClient(clientConfig(aws)).config.requestHandler;

type Item = Record<string, AttributeValue>;
const indexName = "index";

/** Writers that met at one row back off and meet again: 8 tries of up to 0.4 s end within a function's time. */
const collisionsMax = 8;
const collisionRetry = { baseMs: 10, maxMs: 400 };

/**
 * The table of infra/aws/table.yml on DynamoDB. Writes go through TransactWriteItems, whose request token makes a repeat after a lost answer the same write. One
 * row by itself costs half as much: to put it, which finds itself when it is repeated, or to remove it whatever it is.
 */
export function awsTable(options: AwsTableOptions): Table {
  const { aws, connections } = options;
  const client = new DynamoDBClient({ ...clientConfig(aws), ...(connections && { requestHandler: connections }) });
  const TableName = options.name;
  const consumed = (call: "get" | "query" | "transact", used: readonly (ConsumedCapacity | undefined)[]) =>
    options.onConsumed?.(
      call,
      used.reduce((sum, each) => sum + (each?.CapacityUnits ?? 0), 0),
    );

  const removeAlone = async (row: NonNullable<TransactWriteItem["Delete"]>): Promise<void> => {
    const answer = await client
      .send(new DeleteItemCommand({ ...row, ReturnConsumedCapacity: "TOTAL" }))
      .catch((error: unknown) => {
        throw error instanceof TransactionConflictException ? tooMany(error) : error;
      });
    consumed("transact", [answer.ConsumedCapacity]);
  };
  const putAlone = async (row: NonNullable<TransactWriteItem["Put"]>, key: Key | undefined): Promise<void> => {
    const asked = { ...row, ReturnConsumedCapacity: "TOTAL", ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
    const answer = await client.send(new PutItemCommand(asked)).catch((error: unknown) => {
      if (error instanceof TransactionConflictException) throw tooMany(error);
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const isRepeated = (error.$metadata.attempts ?? 1) > 1;
      if (isRepeated && error.Item && row.Item && isSameRow(error.Item, row.Item)) return undefined;
      throw conflicting(key ? [key] : []);
    });
    consumed("transact", [answer?.ConsumedCapacity]);
  };
  const write = async (items: TransactWriteItem[], keys: readonly Key[]): Promise<void> => {
    const [single] = items.length === 1 ? items : [];
    if (single?.Delete && single.Delete.ConditionExpression === undefined) return removeAlone(single.Delete);
    if (single?.Put) return putAlone(single.Put, keys[0]);
    const answer = await client
      .send(new TransactWriteItemsCommand({ TransactItems: items, ReturnConsumedCapacity: "TOTAL" }))
      .catch((error: unknown) => {
        throw cancelled(error, keys) ?? error;
      });
    consumed("transact", answer.ConsumedCapacity ?? []);
  };
  const writeAgain = async (items: TransactWriteItem[], keys: readonly Key[], attempt = 1): Promise<void> => {
    try {
      await write(items, keys);
    } catch (error) {
      if (!isFault(error, "unavailable") || attempt >= collisionsMax) throw error;
      await options.clock.sleep(backoffMs(attempt, collisionRetry, options.random()));
      await writeAgain(items, keys, attempt + 1);
    }
  };

  return {
    async get(key) {
      const answer = await client.send(
        new GetItemCommand({ TableName, Key: keyItem(key), ConsistentRead: true, ReturnConsumedCapacity: "TOTAL" }),
      );
      consumed("get", [answer.ConsumedCapacity]);
      return answer.Item && rowOf(answer.Item);
    },
    async getAll(keys) {
      checkKeys(keys);
      const found = new Map<string, Row>();
      let asked = keys.map(keyItem);
      for (let attempt = 1; asked.length > 0; attempt++) {
        const answer = await client.send(
          new BatchGetItemCommand({
            RequestItems: { [TableName]: { Keys: asked, ConsistentRead: true } },
            ReturnConsumedCapacity: "TOTAL",
          }),
        );
        consumed("get", answer.ConsumedCapacity ?? []);
        for (const row of (answer.Responses?.[TableName] ?? []).map(rowOf)) found.set(nameOf(row), row);
        // Over 16 MB, or while it is busy, DynamoDB leaves some for the next call.
        asked = [...(answer.UnprocessedKeys?.[TableName]?.Keys ?? [])];
        if (asked.length > 0) await options.clock.sleep(backoffMs(attempt, collisionRetry, options.random()));
      }
      return keys.map((key) => found.get(nameOf(key)));
    },
    async query(query) {
      checkQuery(query);
      const sort = sortCondition(query);
      if (sort === undefined) return { items: [] };
      const asked: QueryCommandInput = { TableName, ...queryFor(query, sort), ReturnConsumedCapacity: "TOTAL" };
      const items: Item[] = [];
      // One more than asked for tells whether there is a next page.
      for (let start = asked.ExclusiveStartKey; items.length <= query.limit; ) {
        const Limit = query.limit + 1 - items.length;
        const answer = await client.send(new QueryCommand({ ...asked, Limit, ExclusiveStartKey: start }));
        consumed("query", [answer.ConsumedCapacity]);
        items.push(...(answer.Items ?? []));
        start = answer.LastEvaluatedKey;
        if (start === undefined) break;
      }
      const rows = items.slice(0, query.limit).map(rowOf);
      const last = rows.at(-1);
      return { items: rows, ...(last && items.length > query.limit ? { next: pageOf(tokenOf(last, query)) } : {}) };
    },
    async transact(writes) {
      checkWrites(writes);
      await writeAgain(
        writes.map((each) => itemFor(TableName, each)),
        writes.map(keyOf),
      );
    },
  };
}

/** Reasons that pass: another writer was there in the same instant, or the table is busy. */
const passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/** A transaction that DynamoDB cancelled, as a Fault; undefined: it was something else. */
function cancelled(error: unknown, keys: readonly Key[]): Fault | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons?.map((reason) => reason.Code ?? "None") ?? [];
  const differed = keys.filter((_, at) => reasons[at] === "ConditionalCheckFailed");
  if (differed.length > 0) return conflicting(differed);
  if (!reasons.some((reason) => passing.includes(reason))) return undefined;
  return tooMany(error);
}
const tooMany = (cause: unknown): Fault =>
  new Fault("unavailable", "Too many changes met at the same place.", { next: "Try again in a moment.", cause });

const nameOf = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);

/** What fits a write unit as it is would not become cheaper. */
const plainBytesMax = 800;
/** A row's value as it is kept: JSON text, deflated where that saves units. */
export function storedValue(row: Row): string | Uint8Array {
  const text = rowText(row);
  return text.length <= plainBytesMax ? text : deflateRawSync(text);
}
function plainValue(value: AttributeValue | undefined): Row["value"] {
  return JSON.parse(value?.B ? inflateRawSync(value.B).toString() : String(value?.S));
}
const keyItem = ({ pk, sk }: Key): Item => ({ pk: { S: pk }, sk: { S: sk } });

function itemOf(row: Row): Item {
  const value = storedValue(row);
  return {
    ...keyItem(row),
    generation: { N: String(row.generation) },
    value: typeof value === "string" ? { S: value } : { B: value },
    ...(row.index && { indexPk: { S: row.index.pk }, indexSk: { S: row.index.sk } }),
    // Seconds, as DynamoDB's time to live wants them; fractions keep the milliseconds.
    ...(row.expiresAt && { expiresAt: { N: String(row.expiresAt.getTime() / 1_000) } }),
  };
}

function rowOf(item: Item): Row {
  const { pk, sk, generation, value, indexPk, indexSk, expiresAt } = item;
  return {
    pk: String(pk?.S),
    sk: String(sk?.S),
    generation: Number(generation?.N),
    value: plainValue(value),
    ...(indexPk?.S !== undefined && indexSk?.S !== undefined && { index: { pk: indexPk.S, sk: indexSk.S } }),
    ...(expiresAt?.N !== undefined && { expiresAt: new Date(Math.round(Number(expiresAt.N) * 1_000)) }),
  };
}

const isSameRow = (a: Item, b: Item): boolean => canonical(rowOf(a)) === canonical(rowOf(b));

function itemFor(TableName: string, write: Write): TransactWriteItem {
  const condition = conditionFor(write.expected);
  switch (write.kind) {
    case "put":
      return { Put: { TableName, Item: itemOf(write.row), ...condition } };
    case "remove":
      return { Delete: { TableName, Key: keyItem(write.key), ...condition } };
    case "check":
      return { ConditionCheck: { TableName, Key: keyItem(write.key), ConditionExpression: "", ...condition } };
  }
}

function conditionFor(expected: number | undefined) {
  if (expected === undefined) return {};
  if (expected === 0) return { ConditionExpression: "attribute_not_exists(pk)" };
  return {
    ConditionExpression: "#generation = :expected",
    ExpressionAttributeNames: { "#generation": "generation" },
    ExpressionAttributeValues: { ":expected": { N: String(expected) } },
  };
}

/** The last string that begins with a prefix, as far as keys are concerned: they hold no noncharacters. */
const endOf = (prefix: string): string => `${prefix}\u{10FFFF}`;
/** By UTF-8 bytes, as DynamoDB sorts. */
const isAfter = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;

interface SortCondition {
  readonly expression: string;
  readonly values: Item;
}
/** DynamoDB takes one condition on the sort key, and none that compares with nothing. undefined: no key can meet both. */
function sortCondition({ prefix = "", after = "" }: TableQuery): SortCondition | undefined {
  const begins = prefix === "" ? undefined : { expression: "begins_with(#sk, :prefix)", values: { ":prefix": { S: prefix } } };
  if (after === "") return begins ?? { expression: "", values: {} };
  if (begins === undefined) return { expression: "#sk > :after", values: { ":after": { S: after } } };
  if (!isAfter(after, prefix)) return begins;
  // The string that follows `after` is itself and NUL.
  const from = `${after}\0`;
  const to = endOf(prefix);
  return isAfter(from, to)
    ? undefined
    : { expression: "#sk BETWEEN :from AND :to", values: { ":from": { S: from }, ":to": { S: to } } };
}

function queryFor(query: TableQuery, sort: SortCondition): Omit<QueryCommandInput, "TableName"> {
  const { byIndex, page, descending, pk } = query;
  return {
    KeyConditionExpression: ["#pk = :pk", sort.expression].filter((part) => part !== "").join(" AND "),
    ExpressionAttributeNames: {
      "#pk": byIndex ? "indexPk" : "pk",
      ...(sort.expression !== "" && { "#sk": byIndex ? "indexSk" : "sk" }),
    },
    ExpressionAttributeValues: { ":pk": { S: pk }, ...sort.values },
    ScanIndexForward: descending !== true,
    ...(byIndex ? { IndexName: indexName } : { ConsistentRead: true }),
    ...(page !== undefined && { ExclusiveStartKey: startKey(pageToken(page), query) }),
  };
}

const tokenOf = (row: Row, { byIndex }: TableQuery): PageToken => [(byIndex ? row.index?.sk : row.sk) ?? "", row.pk, row.sk];

/** A page token moves within the partition that is asked for, whatever it says: that part is never taken from it. (The API signs them besides.) */
const startKey = ([sort, pk, sk]: PageToken, query: TableQuery): Item =>
  query.byIndex ? { ...keyItem({ pk, sk }), indexPk: { S: query.pk }, indexSk: { S: sort } } : keyItem({ pk: query.pk, sk });
