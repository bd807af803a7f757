// The import laws of ARCHITECTURE.md, by name.
const test = "[.]test[.]tsx?$";
export default {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    { name: "base-is-the-bottom", severity: "error", from: { path: "^shared/base/", pathNot: test }, to: { pathNot: "^shared/base/" } },
    { name: "contract-knows-base-and-zod", severity: "error", from: { path: "^shared/contract/", pathNot: test }, to: { pathNot: "^shared/(base|contract)/|node_modules/zod/" } },
    { name: "domain-is-pure", severity: "error", from: { path: "^shared/domain/", pathNot: test }, to: { pathNot: "^shared/(base|contract|domain)/|node_modules/(zod|yaml|dockerfile-ast)/" } },
    { name: "plans-are-pure", severity: "error", from: { path: "^edge-agents/.*/(plan|snapshot|judge|status|partition)[.]ts$" }, to: { pathNot: "^shared/(base|contract|domain)/|/(plan|snapshot|judge|status|partition)[.]ts$" } },
    { name: "ports-are-shapes", severity: "error", from: { path: "^shared/ports/" }, to: { pathNot: "^shared/(base|contract|domain|ports)/|^(node:)?stream$" } },
    { name: "control-knows-no-adapter", severity: "error", from: { path: "^shared/control/", pathNot: test }, to: { pathNot: "^shared/(base|contract|domain|ports|control)/|node_modules/zod/" } },
    { name: "sdk-only-in-adapters", severity: "error", from: { pathNot: "^(shared/adapters|infra|test)/|^edge-agents/.*/(server|stream|grpc|[a-z]+-session)[.]ts$" }, to: { path: "node_modules/(@aws-sdk|@kubernetes|etcd3|@grpc|ws)/" } },
    { name: "functions-see-no-other-plane", severity: "error", from: { path: "^functions/" }, to: { path: "^(edge-agents|console)/" } },
    { name: "agents-see-no-other-plane", severity: "error", from: { path: "^edge-agents/" }, to: { path: "^(functions|console|shared/(control|adapters/aws))/" } },
    { name: "agents-are-leaves", severity: "error", from: { path: "^edge-agents/([^/]+)/" }, to: { path: "^edge-agents/", pathNot: "^edge-agents/($1|runtime)/" } },
    { name: "console-sees-only-the-contract", severity: "error", from: { path: "^console/", pathNot: test }, to: { path: "^(shared|functions|edge-agents|infra)/", pathNot: "^shared/(base|contract|domain|client)/" } },
    { name: "fakes-stay-in-tests", severity: "error", from: { path: "^(functions|edge-agents|console|infra)/", pathNot: test }, to: { path: "^shared/adapters/memory/" } },
    { name: "nothing-imports-tests", severity: "error", from: { pathNot: `^test/|${test}` }, to: { path: `^test/|${test}` } },
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: "tsconfig.json" }, doNotFollow: { path: "node_modules" }, exclude: { path: "^test/fixtures/|^infra/local/demos/|/dist/" }, preserveSymlinks: true },
};
