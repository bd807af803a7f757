import type { AwsSettings } from "../../shared/adapters/aws/client.ts";
import { emfMetrics } from "../../shared/adapters/aws/emf-metrics.ts";
import { tracerFor } from "../../shared/adapters/http/otlp-tracer.ts";
import { jsonLog } from "../../shared/adapters/json-log.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { systemIds } from "../../shared/adapters/local/ids.ts";
import { noRepositories } from "../../shared/adapters/no-repositories.ts";
import { Fault } from "../../shared/base/fault.ts";
import type { TenantId } from "../../shared/contract/id.ts";
import type { QueueName } from "../../shared/contract/commands.ts";
import { version } from "../../shared/contract/version.ts";
import { defaultBuildLimits } from "../../shared/domain/build-limits.ts";
import { platformRegistryFrom } from "../../shared/domain/image/platform-registry.ts";
import { defaultQuota } from "../../shared/domain/quota.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Table } from "../../shared/ports/table.ts";
import { lazily } from "./lazily.ts";

/** A command that failed this often goes to the dead letters; infra/aws/queues.yml's maxReceiveCount says the same. */
const attemptsMax = 5;

/** A person clicks, and a program does, some of these at once; more than 50 a second for long is nobody's work. */
const hostedQuota = { ...defaultQuota, requestsPerSecond: 50 };

/** What infra/aws keeps, as infra/aws/environment.yml names it. */
export function awsDeps(env: NodeJS.ProcessEnv) {
  const clock = systemClock();
  const aws = settingsFor(env);
  const builders = { ...aws, ...endpointOf(env["AWS_ENDPOINT_URL_ECS"]) };
  const of = (name: string) => required(env, name);
  const list = (name: string) => of(name).split(",");
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const log = jsonLog({ level: env["PLUVIA_LOG"] ?? "info", write });
  const metrics = emfMetrics({ write, now: Date.now, function: env["AWS_LAMBDA_FUNCTION_NAME"] });
  const openTables = async (): Promise<(by: AwsSettings) => Table> => {
    const { awsTable, connectionsOf } = await import("../../shared/adapters/aws/table.ts");
    // Whoever is asked for, the connections are the same.
    const connections = connectionsOf(aws);
    return (by) =>
      awsTable({
        aws: by,
        connections,
        name: of("PLUVIA_TABLE"),
        clock,
        random: Math.random,
        onConsumed: (call, units) => metrics.count(call === "transact" ? "writeUnits" : "readUnits", units),
      });
  };
  let tables: ReturnType<typeof openTables> | undefined;
  const tableBy = () => {
    tables ??= openTables();
    return tables;
  };
  const table: Table = lazily(async () => (await tableBy())(aws));
  let tenantTables: Promise<(tenant: TenantId) => Table> | undefined;
  const openTenantTables = async () => {
    const { awsTenantTables } = await import("../../shared/adapters/aws/tenant-tables.ts");
    return awsTenantTables({ aws, roleArn: of("PLUVIA_TENANT_ROLE"), tableBy: await tableBy() });
  };
  const tableFor = (_own: Table, tenant: TenantId): Table =>
    lazily(async () => {
      tenantTables ??= openTenantTables();
      return (await tenantTables)(tenant);
    });
  const secrets = lazily(async () =>
    (await import("../../shared/adapters/aws/secrets.ts")).awsSecrets({ aws, keyId: of("PLUVIA_KEY"), clock }),
  );
  const queue = (name: QueueName): Queue =>
    lazily(async () => {
      const { awsQueue } = await import("../../shared/adapters/aws/queue.ts");
      const variable = `PLUVIA_QUEUE_${name.toUpperCase()}`;
      return awsQueue({ aws, url: of(variable), deadLettersUrl: of(`${variable}_DEAD`), attemptsMax, clock });
    });
  return {
    table,
    tableFor,
    secrets,
    queues: { builds: queue("builds"), notices: queue("notices"), chores: queue("chores") },
    blobs: lazily(async () => (await import("../../shared/adapters/aws/blobs.ts")).awsBlobs({ aws, bucket: of("PLUVIA_BLOBS") })),
    images: lazily(async () => {
      const { awsImages } = await import("../../shared/adapters/aws/images.ts");
      const prefix = platformRegistryFrom(of("PLUVIA_REGISTRY"))?.prefix ?? "";
      return awsImages({ aws, prefix, repositoriesArn: of("PLUVIA_REGISTRY_ARN"), roleArn: of("PLUVIA_REGISTRY_ROLE"), clock });
    }),
    tokens: lazily(async () => (await import("../../shared/adapters/aws/tokens.ts")).awsTokens({ table, secrets, clock })),
    notifier: lazily(async () =>
      (await import("../../shared/adapters/aws/notifier.ts")).awsNotifier({ aws, from: of("PLUVIA_MAIL_FROM") }),
    ),
    connections: lazily(async () => {
      const sockets = (await import("../../shared/adapters/aws/connections.ts")).awsConnections({
        aws,
        endpoint: of("PLUVIA_CONNECTIONS_URL"),
      });
      return (await import("../../shared/adapters/aws/broker.ts")).withBroker({ aws, sockets });
    }),
    buildRunner: lazily(async () =>
      (await import("../../shared/adapters/aws/builds.ts")).awsBuilds({
        aws: builders,
        cluster: of("PLUVIA_BUILDERS_CLUSTER"),
        taskDefinition: of("PLUVIA_BUILDERS_TASK"),
        subnets: list("PLUVIA_BUILDERS_SUBNETS"),
        securityGroups: list("PLUVIA_BUILDERS_SECURITY_GROUPS"),
      }),
    ),
    passwords: lazily(async () => (await import("../../shared/adapters/argon-passwords.ts")).argonPasswords()),
    repositories: noRepositories(),
    quota: hostedQuota,
    buildLimits: { ...defaultBuildLimits, privateHostsAllowed: env["PLUVIA_PRIVATE_HOSTS"]?.split(",") ?? [] },
    ids: systemIds(),
    random: Math.random,
    clock,
    log,
    metrics,
    tracer: tracerFor(env, { service: "pluvia-functions", version, clock, waits: true, log: log.warn }),
  };
}

function settingsFor(env: NodeJS.ProcessEnv): AwsSettings {
  return { region: required(env, "AWS_REGION"), ...endpointOf(env["AWS_ENDPOINT_URL"]) };
}
const endpointOf = (endpoint: string | undefined) => (endpoint === undefined ? {} : { endpoint });

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new Fault("internal", `The variable ${name} is not set.`, {
    next: "infra/aws/environment.yml sets all that a function needs.",
  });
}
