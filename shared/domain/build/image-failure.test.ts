import { lineOfStep, parseDockerfile } from "./dockerfile.ts";
import { containersStart, imageFailure, stepOf } from "./image-failure.ts";

const dockerfile = `# two stages
ARG TAG=1
FROM example.org/base:$TAG AS build
ARG WORD OTHER=x
RUN make \\
  # why
  all

FROM example.org/small
COPY --from=build /a /a
RUN strip /a
`;
const failed = (lines: readonly string[]) =>
  imageFailure({
    name: "Dockerfile",
    dockerfile,
    lines,
    step: lines.reduce<ReturnType<typeof stepOf>>((last, line) => stepOf(line) ?? last, null),
    exitCode: 1,
  });
const pulling = "Error: creating build container: initializing source docker://example.org/small:latest:";

describe("C3: what went wrong with an image is said in words, with the line", () => {
  test.each([
    [
      `${pulling} pinging container registry example.org: dial tcp: lookup example.org on 10.0.0.1:53: no such host`,
      "unreachable",
    ],
    [`${pulling} pinging container registry example.org: dial tcp 10.0.0.2:443: connect: connection refused`, "unreachable"],
    [`${pulling} Get "https://example.org/v2/": x509: certificate signed by unknown authority`, "unreachable"],
    [`${pulling} reading manifest latest in example.org/small: manifest unknown`, "missing"],
    [`${pulling} reading manifest latest in example.org/small: requested access to the resource is denied`, "denied"],
    ['Error: creating build container: short-name "small" did not resolve to an alias', "missing"],
  ])("%s", (line, kind) => {
    const failure = failed(["[2/2] STEP 1/3: FROM example.org/small", line]);
    expect(failure.code).toBe(`base-image.${kind}`);
    expect(failure.message).toMatch(/^Dockerfile line 9: the base image example\.org\/small cannot be fetched, because .+\.$/);
    expect(failure.next).toMatch(/\.$/);
  });

  test("a base image is found by its name where its step was not announced", () =>
    expect(failed(["Trying to pull example.org/small...", `${pulling} i/o timeout`]).message).toContain("Dockerfile line 9"));

  test("a failed instruction", () => {
    const failure = failed([
      "[1/2] STEP 1/3: FROM example.org/base:1 AS build",
      "[1/2] STEP 3/3: RUN make all",
      "no rule to make target",
      'Error: building at STEP "RUN make all": while running runtime: exit status 2',
    ]);
    expect(failure.code).toBe("build.failed");
    expect(failure.message).toMatch(/^Dockerfile line 5: RUN make all failed with exit code 2\. .*no rule to make target/);
  });

  test("a program that talks of registries has failed as a program", () =>
    expect(
      failed(["[2/2] STEP 3/3: RUN strip /a", "no such host", 'Error: building at STEP "RUN strip /a": exit status 1']).code,
    ).toBe("build.failed"));

  test("an ordinary user without a range of user ids is told what to install", () => {
    const failure = failed(['Error: exec: "newuidmap": executable file not found in $PATH']);
    expect(failure.code).toBe("builder.subuid");
    expect(failure.next).toContain("uidmap");
  });
});

test("steps of builders are lines of the file", () => {
  expect(lineOfStep(dockerfile, { stage: 1, step: 1 })).toBe(3);
  expect(lineOfStep(dockerfile, { stage: 1, step: 3 })).toBe(5);
  expect(lineOfStep(dockerfile, { stage: 2, step: 3 })).toBe(11);
  expect(lineOfStep(dockerfile, { stage: 3, step: 1 })).toBeNull();
  expect(stepOf("[2/3] STEP 4/9: RUN x")).toEqual({ stage: 2, step: 4, text: "RUN x" });
  expect(stepOf("STEP 1/2: FROM scratch")).toEqual({ stage: 1, step: 1, text: "FROM scratch" });
  expect(stepOf("a STEP 1/2: FROM x")).toBeNull();
});

test("arguments are named by every stage", () =>
  expect(parseDockerfile(dockerfile).argumentNames).toEqual(["TAG", "WORD", "OTHER"]));

test("a machine whose containers start says that a program is missing", () => {
  expect(containersStart(['runc create failed: exec: "/pluvia-probe": stat /pluvia-probe: no such file or directory'])).toBe(
    true,
  );
  expect(containersStart(["runc create failed: cgroup: permission denied", 'building at STEP "RUN /pluvia-probe"'])).toBe(false);
});
