import { Languages, LogOut, Monitor, Moon, Sun, UserRound } from "lucide-react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { signOut, useSession } from "../api/session.ts";
import { chooseLanguage, type LanguageName } from "../i18n/i18n.ts";
import { Choice } from "../ui/choice.tsx";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "../ui/theme.ts";

export function ThemePicker() {
  const { t } = useTranslation();
  const choice = useThemeChoice();
  return (
    <Choice<ThemeChoice>
      label={t("theme.label")}
      name={useId()}
      iconsOnly
      value={choice}
      choose={chooseTheme}
      options={[
        { value: "light", icon: <Sun size={14} aria-hidden />, label: t("theme.light") },
        { value: "dark", icon: <Moon size={14} aria-hidden />, label: t("theme.dark") },
        { value: "system", icon: <Monitor size={14} aria-hidden />, label: t("theme.system") },
      ]}
    />
  );
}

/** Each language is named in itself. */
export function LanguageButton() {
  const { t, i18n } = useTranslation();
  const other: LanguageName = i18n.language === "zh" ? "en" : "zh";
  return (
    <button
      type="button"
      className="icon-button labelled"
      lang={other === "zh" ? "zh-CN" : "en"}
      onClick={() => void chooseLanguage(other)}
    >
      <Languages size={14} aria-hidden />
      {t("language.other")}
    </button>
  );
}

export function PersonMenu() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const user = useSession().data?.user;
  const leave = async () => {
    await signOut();
    await navigate("/login");
  };
  const items: MenuItem[] = [
    { key: "account", label: t("nav.account"), icon: <UserRound size={14} aria-hidden />, run: () => void navigate("/account") },
    { key: "out", label: t("nav.signOut"), icon: <LogOut size={14} aria-hidden />, run: () => void leave() },
  ];
  return (
    <div className="person">
      <Menu items={items} label={t("nav.account")} placement="above-start" className="person-button">
        <span className="person-mark" aria-hidden>
          {(user?.name ?? "?").slice(0, 1).toUpperCase()}
        </span>
        <span className="person-words">
          <span className="person-name">{user?.name}</span>
          <span className="person-mail">{user?.email}</span>
        </span>
      </Menu>
      <div className="person-tools">
        <ThemePicker />
        <LanguageButton />
      </div>
    </div>
  );
}
