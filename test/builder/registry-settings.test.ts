import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Confined } from "../../edge-agents/builder/confine.ts";
import type { BuildContext } from "../../edge-agents/builder/context.ts";
import { stepEnvironment, workspaceIn } from "../../edge-agents/builder/environment.ts";
import { shareGradleSettings } from "../../edge-agents/builder/gradle-settings.ts";
import { placeRegistrySettings, registryVariables } from "../../edge-agents/builder/registry-settings.ts";
import { writeFiles } from "../support/git-server.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

describe("C2: a machine's own way to registries is a build's", () => {
  test("mirrors, proxies and certificates are passed on, other variables are not", () => {
    const passed = {
      HTTPS_PROXY: "http://proxy",
      GOPROXY: "https://go.example",
      PIP_INDEX_URL: "https://pip.example",
      npm_config_registry: "https://npm.example",
    };
    const kept = { NPM_TOKEN: "a", AWS_SECRET_ACCESS_KEY: "b", PLUVIA_HOME: "c", GITHUB_TOKEN: "d", HOME: "/root" };
    expect(registryVariables({ ...passed, ...kept })).toEqual(passed);
  });

  test("files of the operator's home come without credentials; a folder given for builds comes as it is", async () => {
    const temporary = await temporaryDirectory();
    const [own, given, home, other] = ["own", "given", "home", "other"].map((name) => join(temporary.path, name)) as [
      string,
      string,
      string,
      string,
    ];
    writeFiles(own, {
      ".npmrc": "registry=https://npm.example/\n//npm.example/:_authToken=canary-1\n",
      ".config/pip/pip.conf":
        "[global]\nindex-url = https://pip.example/simple\nextra-index-url = https://me:canary-2@pip.example\n",
      ".m2/settings.xml": "<settings><servers><server><password>canary-3</password></server></servers></settings>",
      ".config/go/env": "GOPROXY=https://go.example\n",
      ".ssh/id_ed25519": "canary-4",
    });
    expect(placeRegistrySettings(home, { settings: undefined, home: own })).toEqual([".m2/settings.xml"]);
    expect(readFileSync(join(home, ".npmrc"), "utf8")).toBe("registry=https://npm.example/\n");
    expect(readFileSync(join(home, ".config/pip/pip.conf"), "utf8")).toBe("[global]\nindex-url = https://pip.example/simple\n");
    expect(readFileSync(join(home, ".config/go/env"), "utf8")).toBe("GOPROXY=https://go.example\n");
    expect(existsSync(join(home, ".m2/settings.xml"))).toBe(false);
    expect(existsSync(join(home, ".ssh"))).toBe(false);

    writeFiles(given, { ".m2/settings.xml": "<settings><password>for builds</password></settings>" });
    expect(placeRegistrySettings(other, { settings: given, home: own })).toEqual([]);
    expect(readFileSync(join(other, ".m2/settings.xml"), "utf8")).toContain("for builds");
    expect(existsSync(join(other, ".npmrc"))).toBe(false);
    await temporary.remove();
  });

  test("Gradle finds them where it keeps its downloads, as long as the operator gives them", async () => {
    const temporary = await temporaryDirectory();
    const workspace = workspaceIn(join(temporary.path, "root"), join(temporary.path, "cache"));
    const unconfined: Pick<Confined, "start"> = { start: (argv, environment) => ({ argv, environment }) };
    const share = () => shareGradleSettings(unconfined as Confined, workspace);
    const found = join(workspace.cache, "gradle", "init.gradle");
    mkdirSync(workspace.cache);
    await share();
    expect(existsSync(join(workspace.cache, "gradle"))).toBe(false);
    writeFiles(workspace.home, { ".gradle/init.gradle": "allprojects {}" });
    await share();
    expect(readFileSync(found, "utf8")).toBe("allprojects {}");
    rmSync(join(workspace.home, ".gradle"), { recursive: true });
    await share();
    expect(existsSync(found)).toBe(false);
    await temporary.remove();
  });

  test("Maven and Composer look in the build's home, whoever the system says the builder is", () => {
    const workspace = workspaceIn("/builds/one", "/builds/cache");
    const seen = (pod: BuildContext["pod"], home = workspace.home) => {
      const context = { order: { variables: { MAVEN_OPTS: "-Xmx1g" } }, pod, tools: { path: "/usr/bin" } };
      return stepEnvironment(context as unknown as BuildContext, { ...workspace, home }, { name: "build", argv: [] });
    };
    expect(seen(undefined)).toMatchObject({
      COMPOSER_HOME: "/builds/one/work/home/.config/composer",
      MAVEN_OPTS: "-Duser.home=/builds/one/work/home -Xmx1g",
    });
    // Its script would take the path apart.
    expect(seen(undefined, "/my builds/home")["MAVEN_OPTS"]).toBe("-Xmx1g");
    expect(seen("restricted")["MAVEN_OPTS"]).toContain("-XX:MaxRAMPercentage=50");
  });
});
