import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

const directory = "docs/runbooks";
const pages = readdirSync(directory).filter((file) => file !== "README.md");
const text = (file: string): string => readFileSync(path.join(directory, file), "utf8");

interface Resource {
  readonly Type: string;
  readonly Properties: { readonly AlarmDescription?: string };
}
const { Resources } = parse(readFileSync("infra/aws/alarms.yml", "utf8"), { merge: true }) as {
  Resources: Record<string, Resource>;
};
const alarms = Object.entries(Resources).filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm");

test.each(alarms)("alarm %s says what is wrong and names the page that says what it means and what to do", (_name, alarm) => {
  const [, words, page] = /^(.+)\. docs\/runbooks\/([\w-]+\.md)$/.exec(alarm.Properties.AlarmDescription ?? "") ?? [];
  expect(words).toBeTruthy();
  expect(text(String(page))).toMatch(/## What it means\n.+## What to do\n/s);
});
test("every page is found from the first one, and names no file or page that is not there", () => {
  const linked = (file: string) => [...text(file).matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, page]) => String(page));
  expect(new Set(linked("README.md"))).toEqual(new Set(pages));
  for (const page of pages) expect(linked(page).filter((other) => !pages.includes(other))).toEqual([]);
  const named = (file: string) =>
    [...text(file).matchAll(/`((?:shared|functions|infra|test)\/[\w./-]+|serverless\.yml)`|\((docs\/[\w.-]+)\)/g)].map(
      ([, one, two]) => String(one ?? two),
    );
  for (const page of ["README.md", ...pages]) expect(named(page).filter((file) => !existsSync(file))).toEqual([]);
});
