import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Catalogue } from "./en.ts";

export const languages = ["en", "zh"] as const;
export type LanguageName = (typeof languages)[number];
const key = "pluvia.language";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Catalogue };
  }
}

const load: Record<LanguageName, () => Promise<Readonly<Record<string, object>>>> = {
  en: async () => ({ translation: (await import("./en.ts")).en }),
  zh: async () => {
    const [{ zh }, { platformZh }] = await Promise.all([import("./zh.ts"), import("./platform-zh.ts")]);
    return { translation: zh, platform: platformZh };
  },
};

function initialLanguage(): LanguageName {
  const stored = window.localStorage.getItem(key) ?? window.navigator.language;
  return stored.startsWith("zh") ? "zh" : "en";
}

export async function chooseLanguage(language: LanguageName): Promise<void> {
  for (const [name, words] of Object.entries(await load[language]())) i18next.addResourceBundle(language, name, words);
  window.localStorage.setItem(key, language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

export async function startI18n(): Promise<void> {
  const language = initialLanguage();
  const catalogue = await load[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: catalogue } as never,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}
