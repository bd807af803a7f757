import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
});
