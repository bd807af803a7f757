/** Colours of one theme. Text on page and surface, and every status pair, keep WCAG AA (4.5:1); see tokens.test.ts. */
export interface Palette {
  readonly page: string;
  readonly surface: string;
  readonly sunken: string;
  readonly hover: string;
  readonly border: string;
  readonly borderStrong: string;
  readonly text: string;
  readonly text2: string;
  readonly text3: string;
  readonly accent: string;
  readonly accentText: string;
  readonly accentSoft: string;
  readonly green: string;
  readonly greenSoft: string;
  readonly amber: string;
  readonly amberSoft: string;
  readonly red: string;
  readonly redSoft: string;
  readonly blue: string;
  readonly blueSoft: string;
  readonly grey: string;
  readonly greySoft: string;
  readonly danger: string;
}

export const palettes: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    page: "#f6f7f7",
    surface: "#ffffff",
    sunken: "#f1f3f3",
    hover: "#eceff0",
    border: "#e1e5e5",
    borderStrong: "#c6cdcd",
    text: "#141c1c",
    text2: "#4b5656",
    text3: "#5f6b6b",
    accent: "#0b6e75",
    accentText: "#0a646b",
    accentSoft: "#e2f0f0",
    green: "#13693f",
    greenSoft: "#e3f3ea",
    amber: "#7d4e00",
    amberSoft: "#fbf0d9",
    red: "#a92a23",
    redSoft: "#fbeae9",
    blue: "#1a57ad",
    blueSoft: "#e6effb",
    grey: "#4f5a5a",
    greySoft: "#eceff0",
    danger: "#b42b24",
  },
  dark: {
    page: "#0d1111",
    surface: "#131818",
    sunken: "#0f1414",
    hover: "#1d2424",
    border: "#242c2c",
    borderStrong: "#3a4545",
    text: "#e7eceb",
    text2: "#a9b4b2",
    text3: "#8d9997",
    accent: "#14787e",
    accentText: "#58c2c4",
    accentSoft: "#12292a",
    green: "#56c58b",
    greenSoft: "#12281d",
    amber: "#e0a94a",
    amberSoft: "#2b2211",
    red: "#f0827a",
    redSoft: "#321a18",
    blue: "#7ab0f7",
    blueSoft: "#15243a",
    grey: "#a3aeac",
    greySoft: "#1f2626",
    danger: "#c23c34",
  },
};

const cssName = (key: string) => `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

export const cssOf = (palette: Palette): string =>
  Object.entries(palette)
    .map(([key, value]) => `${cssName(key)}:${value}`)
    .join(";");

export const fonts = {
  text: `"Inter Variable", system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif`,
  mono: `"JetBrains Mono Variable", ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace`,
} as const;
