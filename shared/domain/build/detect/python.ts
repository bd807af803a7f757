import type { Finding } from "../../../contract/source.ts";
import type { BuildPlan, DependencyPlan, PlanStep } from "../build-plan.ts";
import { findFiles, type SourceTree } from "../source-tree.ts";
import { applicationPlan, type Detector, emptyPlan } from "./detector.ts";

const entries = ["main.py", "app.py", "server.py", "wsgi.py", "run.py", "src/main.py", "app/main.py", "src/app.py"] as const;

/** Names of what is required, without versions: enough to know the framework. */
const requirementsOf = (tree: SourceTree): ReadonlySet<string> => {
  const lines = ["requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "setup.cfg"].flatMap((file) =>
    (tree.read(file) ?? "").split("\n"),
  );
  const names = lines
    .filter((line) => !line.trimStart().startsWith("#"))
    .flatMap((line) =>
      [...line.matchAll(/(?:^\s*|["'])([A-Za-z][A-Za-z0-9_.-]*)/g)].map((match) =>
        (match[1] ?? "").toLowerCase().replaceAll("_", "-"),
      ),
    );
  return new Set(names);
};

const djangoModule = (tree: SourceTree): string | null => {
  const settings = /DJANGO_SETTINGS_MODULE["']?\s*,\s*["']([\w.]+)\.settings/.exec(tree.read("manage.py") ?? "")?.[1];
  return settings ?? tree.list("").find((entry) => entry.kind === "directory" && tree.has(`${entry.name}/wsgi.py`))?.name ?? null;
};

/** `module:variable` of the application object that a server imports. */
const applicationObject = (tree: SourceTree, pattern: RegExp): string | null => {
  for (const path of [...entries, "api.py", "asgi.py", "application.py", "app/__init__.py"]) {
    const name = pattern.exec(tree.read(path) ?? "")?.[1];
    if (name !== undefined) return `${path.replace(/\/__init__\.py$|\.py$/, "").replaceAll("/", ".")}:${name}`;
  }
  return null;
};

interface Start {
  readonly name: string;
  readonly command: string;
  readonly port: number;
}

const bind = "0.0.0.0:$PORT";

const django = (tree: SourceTree, required: ReadonlySet<string>): Start | null => {
  const module = tree.has("manage.py") ? djangoModule(tree) : null;
  if (module === null) return null;
  return {
    name: "Django",
    port: 8000,
    command: required.has("gunicorn") ? `gunicorn ${module}.wsgi --bind ${bind}` : `python3 manage.py runserver ${bind}`,
  };
};

const asgi = (tree: SourceTree, required: ReadonlySet<string>): Start | null => {
  const object = applicationObject(tree, /^(\w+)(?:\s*:\s*\w+)?\s*=\s*(?:fastapi\.)?(?:FastAPI|Starlette|Litestar)\s*\(/m);
  if (object === null || !["fastapi", "starlette", "litestar"].some((name) => required.has(name))) return null;
  const name = required.has("fastapi") ? "FastAPI" : "ASGI";
  return {
    name,
    port: 8000,
    command:
      required.has("gunicorn") && required.has("uvicorn")
        ? `gunicorn ${object} --worker-class uvicorn.workers.UvicornWorker --bind ${bind}`
        : `uvicorn ${object} --host 0.0.0.0 --port $PORT`,
  };
};

const flask = (tree: SourceTree, required: ReadonlySet<string>): Start | null => {
  const object = required.has("flask") ? applicationObject(tree, /^(\w+)(?:\s*:\s*\w+)?\s*=\s*(?:flask\.)?Flask\s*\(/m) : null;
  if (object === null) return null;
  return {
    name: "Flask",
    port: 5000,
    command: required.has("gunicorn")
      ? `gunicorn ${object} --bind ${bind}`
      : `flask --app ${object} run --host 0.0.0.0 --port $PORT`,
  };
};

const streamlit = (tree: SourceTree, required: ReadonlySet<string>): Start | null => {
  const entry = ["streamlit_app.py", ...entries].find((path) => tree.has(path));
  return required.has("streamlit") && entry
    ? {
        name: "Streamlit",
        port: 8501,
        command: `streamlit run ${entry} --server.address 0.0.0.0 --server.port $PORT --server.headless true`,
      }
    : null;
};

const script = (tree: SourceTree): Start | null => {
  const entry = entries.find((path) => tree.has(path));
  if (!entry) return null;
  const fallback = /PORT["']\s*,\s*["']?(\d{2,5})/.exec(tree.read(entry) ?? "")?.[1];
  return { name: "", command: `python3 ${entry}`, port: Number(fallback ?? 8000) };
};

const startOf = (tree: SourceTree): Start | null => {
  const required = requirementsOf(tree);
  return django(tree, required) ?? asgi(tree, required) ?? flask(tree, required) ?? streamlit(tree, required) ?? script(tree);
};

const pip = (...args: readonly string[]): readonly PlanStep[] => [
  {
    name: "install",
    argv: ["pip", "install", "--no-input", "--no-compile", "--no-warn-script-location", "--target", "{out}/python", ...args],
  },
];

const isEmptyList = (text: string): boolean => text.split("\n").every((line) => /^\s*(#|$)/.test(line));

const dependenciesOf = (tree: SourceTree): DependencyPlan | null => {
  const shared = { tools: ["python", "pip"], folders: ["python"], programs: ["python/bin/*"], prune: [] } as const;
  const requirements = tree.read("requirements.txt");
  if (requirements !== undefined) {
    const files = findFiles(tree, {
      depth: 0,
      accept: (name) => /^(.*requirements.*|constraints)\.txt$/.test(name) || name === "pip.conf",
    });
    const local = /^\s*(-e\s|--editable|\.{1,2}(\/|\s|$)|file:)/m.test(requirements)
      ? ({ code: "requirements", name: "requirements.txt" } as const)
      : null;
    return isEmptyList(requirements)
      ? null
      : { ...shared, files, everything: local, steps: pip("--requirement", "requirements.txt") };
  }
  const project = tree.read("pyproject.toml");
  const isPackage = project !== undefined && /^\[(project|build-system|tool\.poetry)\]/m.test(project);
  if (!isPackage && !tree.has("setup.py")) return null;
  return {
    ...shared,
    files: findFiles(tree, {
      depth: 0,
      accept: (name) => ["pyproject.toml", "setup.py", "setup.cfg", "poetry.lock", "uv.lock"].includes(name),
    }),
    everything: { code: "package", name: project === undefined ? "setup.py" : "pyproject.toml" },
    steps: pip("."),
  };
};

const versionOf = (tree: SourceTree): { range: string; from: string } | null => {
  const file = [".python-version", "runtime.txt"].find((each) => tree.read(each) !== undefined);
  const exact = file && /(\d+\.\d+)/.exec(tree.read(file) ?? "")?.[1];
  if (file && exact) return { range: exact, from: file };
  const range = /requires-python\s*=\s*["']([^"']+)["']/.exec(tree.read("pyproject.toml") ?? "")?.[1];
  return range === undefined ? null : { range, from: "pyproject.toml requires-python" };
};

const findingsOf = (tree: SourceTree, start: Start | null): readonly Finding[] => [
  ...(tree.has("Pipfile") && !tree.has("requirements.txt")
    ? [
        {
          level: "blocks",
          code: "python.pipfile",
          message: "The packages are listed in a Pipfile, which is not supported.",
          advice: "Run `pipenv requirements > requirements.txt` and commit it.",
        } as const,
      ]
    : []),
  ...(start === null
    ? [
        {
          level: "warning",
          code: "command.none",
          message: "No start command was found: there is no Procfile, main.py or app.py.",
          advice: "Add a Procfile with a web process, or give the component a start command.",
        } as const,
      ]
    : []),
];

const needs = (version: ReturnType<typeof versionOf>, dependencies: DependencyPlan | null): BuildPlan["tools"] => [
  { tool: "python", range: version?.range ?? null, from: version?.from ?? null },
  ...(dependencies === null ? [] : [{ tool: "pip", range: null, from: null } as const]),
];

export const python: Detector = {
  language: "python",
  looksFor: "requirements.txt, pyproject.toml, Pipfile, setup.py, manage.py, main.py or app.py",
  detect: (tree) => {
    if (tree.has("manage.py")) return { confidence: 70, because: "there is a manage.py" };
    const manifest = ["requirements.txt", "pyproject.toml", "Pipfile", "setup.py"].find((file) => tree.read(file) !== undefined);
    if (manifest) return { confidence: 50, because: `there is a ${manifest}` };
    const entry = ["main.py", "app.py", "server.py"].find((file) => tree.has(file));
    return entry ? { confidence: 25, because: `there is a ${entry}` } : null;
  },
  plan: (tree) => {
    const start = startOf(tree);
    const dependencies = dependenciesOf(tree);
    return {
      ...emptyPlan,
      language: "python",
      ...applicationPlan(start?.name || "Python", dependencies === null ? null : "pip"),
      tools: needs(versionOf(tree), dependencies),
      dependencies,
      command: start?.command ?? null,
      ports: [{ port: start?.port ?? 8000, protocol: "http" }],
      runtime: {
        PYTHONUNBUFFERED: "1",
        PYTHONDONTWRITEBYTECODE: "1",
        ...(dependencies === null ? {} : { PYTHONPATH: "{slug}/python", PATH: "{slug}/python/bin" }),
      },
      findings: findingsOf(tree, start),
    };
  },
};
