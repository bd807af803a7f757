import { type ThemeConfig, theme as antdTheme } from "antd";
import { useEffect, useState, useSyncExternalStore } from "react";
import { cssOf, fonts, palettes } from "./tokens.ts";

export type ThemeChoice = "light" | "dark" | "system";
export type ThemeName = "light" | "dark";
const key = "pluvia.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

const storedChoice = (): ThemeChoice => {
  const stored = window.localStorage.getItem(key);
  return stored === "light" || stored === "dark" ? stored : "system";
};
let choice = storedChoice();

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  window.localStorage.setItem(key, next);
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(subscribe, () => choice);

/** The theme in force: the choice, or what the system says. Also tells the style sheet. */
export function useThemeName(): ThemeName {
  const chosen = useThemeChoice();
  const [system, setSystem] = useState<ThemeName>(dark.matches ? "dark" : "light");
  useEffect(() => {
    const changed = () => setSystem(dark.matches ? "dark" : "light");
    dark.addEventListener("change", changed);
    return () => dark.removeEventListener("change", changed);
  }, []);
  const name = chosen === "system" ? system : chosen;
  useEffect(() => {
    document.documentElement.dataset.theme = name;
  }, [name]);
  return name;
}

/** Puts the tokens where global.css reads them; called once, before the first paint. */
export function installTokens(): void {
  const style = document.createElement("style");
  style.textContent = `:root{${cssOf(palettes.light)};--font:${fonts.text};--mono:${fonts.mono}} :root[data-theme="dark"]{${cssOf(palettes.dark)};color-scheme:dark}`;
  document.head.prepend(style);
  const name = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
  document.documentElement.dataset.theme = name;
}

export function antdThemeOf(name: ThemeName): ThemeConfig {
  const p = palettes[name];
  return {
    algorithm: name === "dark" ? antdTheme.darkAlgorithm : antdTheme.defaultAlgorithm,
    token: {
      colorPrimary: p.accent,
      colorLink: p.accentText,
      colorError: p.danger,
      colorBgBase: p.surface,
      colorBgContainer: p.surface,
      colorBgElevated: p.surface,
      colorBgLayout: p.page,
      colorText: p.text,
      colorTextSecondary: p.text2,
      colorTextTertiary: p.text3,
      colorTextPlaceholder: p.text3,
      // Who may only look reads fields that are off.
      colorTextDisabled: p.text3,
      colorBgContainerDisabled: p.sunken,
      colorTextDescription: p.text2,
      colorBorder: p.borderStrong,
      colorBorderSecondary: p.border,
      borderRadius: 8,
      borderRadiusSM: 6,
      borderRadiusLG: 10,
      fontFamily: fonts.text,
      fontFamilyCode: fonts.mono,
      fontSize: 14,
      controlHeight: 36,
      controlHeightSM: 28,
      boxShadow: "none",
      boxShadowSecondary: name === "dark" ? "0 8px 24px rgba(0,0,0,.5)" : "0 8px 24px rgba(20,28,28,.10)",
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.16s",
      wireframe: false,
    },
    components: {
      Button: { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none", fontWeight: 500, paddingInlineSM: 10 },
      Input: { activeShadow: `0 0 0 3px ${p.accentSoft}` },
      Select: { optionSelectedBg: p.accentSoft },
      Tooltip: { colorBgSpotlight: name === "dark" ? "#2a3333" : "#1b2424" },
      Modal: { titleFontSize: 16 },
    },
  };
}
