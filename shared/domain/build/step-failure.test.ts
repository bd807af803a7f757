import { stepFailure } from "./step-failure.ts";

const how = "failed with exit code 1";
const codeOf = (step: string, ...lines: string[]): string => stepFailure({ step, how, lines }).code;

describe("C2: why a step of a build failed", () => {
  test.each([
    ["bundle install --jobs 2", "Could not reach host index.rubygems.org. Check your network connection and try"],
    ["composer install", "php_network_getaddresses: getaddrinfo for repo.packagist.org failed: Name or service not known"],
    ["npm ci", "npm error code ENOTFOUND"],
    ["pip install", "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution"],
    ["maven package", "Could not transfer artifact a:b:pom:1 from/to central: repo.maven.apache.org: Unknown host"],
    ["sh ./gradlew assemble", 'Exception in thread "main" java.net.UnknownHostException: services.gradle.org'],
    ["go build", "dial tcp: lookup proxy.golang.org: no such host"],
  ])("the registry that cannot be reached: %s", (step, line) => {
    const failure = stepFailure({ step, how, lines: ["before", line, "", "after"] });
    expect(failure).toMatchObject({ code: "registry.unreachable", next: expect.stringContaining("operator") });
    expect(failure.message).toContain(line);
  });

  test("a server that a build script could not reach is no registry", () =>
    expect(codeOf("node build.js", "connect ECONNREFUSED 127.0.0.1:5432")).toBe("build.failed"));
  test("a full disk is the machine's fault", () => {
    expect(codeOf("npm ci", "npm error code ENOSPC", "npm error nospc There appears to be insufficient space")).toBe("disk.full");
    expect(codeOf("go build", "write /tmp/go-build1/b.a: no space left on device")).toBe("disk.full");
  });
  test("anything else is told with its last lines", () => {
    expect(stepFailure({ step: "npm ci", how, lines: ["one", "two"] }).message).toBe(
      "npm ci failed with exit code 1. Its last lines: one ⏎ two",
    );
    expect(stepFailure({ step: "npm ci", how, lines: [] }).message).toContain("It printed nothing.");
  });
});
