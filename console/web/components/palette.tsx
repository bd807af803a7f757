import { Input, Modal } from "antd";
import {
  Box,
  Boxes,
  KeyRound,
  type LucideIcon,
  Plus,
  ScrollText,
  Server,
  SquareTerminal,
  Text,
  UserRound,
  Users,
} from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { appPath, componentPath, useApplications, useComponents } from "./lookup.ts";
import "./palette.css";
import type { Team } from "./team.ts";

interface Entry {
  readonly key: string;
  readonly icon: LucideIcon;
  readonly word: string;
  readonly more?: string;
  readonly to: string;
  /** Shown only once something is typed. */
  readonly deep?: boolean;
}

function useEntries(team: Team): readonly Entry[] {
  const { t } = useTranslation();
  const applications = useApplications().data ?? [];
  const components = useComponents().data ?? [];
  const home = `/t/${team.id}`;
  const pages: Entry[] = [
    { key: "new", icon: Plus, word: t("action.new"), to: `${home}/new` },
    { key: "overview", icon: Boxes, word: t("nav.applications"), to: home },
    { key: "dc", icon: Server, word: t("nav.dataCenters"), to: "/data-centers" },
    { key: "members", icon: Users, word: t("nav.members"), to: `${home}/members` },
    { key: "keys", icon: KeyRound, word: t("nav.keys"), to: `${home}/keys` },
    { key: "audit", icon: ScrollText, word: t("nav.audit"), to: `${home}/audit` },
    { key: "account", icon: UserRound, word: t("nav.account"), to: "/account" },
  ];
  const ofComponents = components.flatMap((c): Entry[] => {
    const application = applications.find((a) => a.id === c.application);
    if (!application) return [];
    const at = (tab: string) => componentPath(team.id, application, c, tab);
    const name = `${application.name} / ${c.name}`;
    return [
      { key: c.id, icon: Box, word: name, more: t(`status.${c.status}.word`), to: at("") },
      { key: `${c.id}.logs`, icon: Text, word: name, more: t("tab.logs"), to: at("logs"), deep: true },
      { key: `${c.id}.terminal`, icon: SquareTerminal, word: name, more: t("tab.terminal"), to: at("terminal"), deep: true },
      { key: `${c.id}.variables`, icon: Text, word: name, more: t("tab.variables"), to: at("variables"), deep: true },
      { key: `${c.id}.deploy`, icon: Plus, word: name, more: t("action.deploy"), to: `${at("")}?do=deploy`, deep: true },
      { key: `${c.id}.restart`, icon: Plus, word: name, more: t("action.restart"), to: `${at("")}?do=restart`, deep: true },
      { key: `${c.id}.releases`, icon: Text, word: name, more: t("tab.releases"), to: at("releases"), deep: true },
    ];
  });
  return [
    ...applications.map((a) => ({ key: a.id, icon: Boxes, word: a.name, more: t("application.one"), to: appPath(team.id, a) })),
    ...ofComponents,
    ...pages,
  ];
}

/** Every typed word must occur somewhere. */
const matches = (entry: Entry, words: readonly string[]) =>
  words.every((word) => `${entry.word} ${entry.more ?? ""}`.toLowerCase().includes(word));
const shownMax = 12;

export function Palette({ team, close }: { readonly team: Team; readonly close: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const entries = useEntries(team);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => (words.length > 0 || !entry.deep) && matches(entry, words)).slice(0, shownMax);
  const chosen = Math.min(at, Math.max(0, found.length - 1));
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const go = (entry: Entry | undefined) => {
    if (!entry) return;
    close();
    void navigate(entry.to);
  };
  const pressed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((chosen + step + found.length) % Math.max(1, found.length));
    }
    if (event.key === "Enter" && !event.nativeEvent.isComposing) go(found[chosen]);
  };
  return (
    <Modal
      open
      onCancel={close}
      footer={null}
      closable={false}
      width={560}
      style={{ top: 96 }}
      classNames={{ container: "palette" }}
      aria-label={t("palette.open")}
    >
      <Input
        autoFocus
        variant="borderless"
        size="large"
        placeholder={t("palette.placeholder")}
        aria-label={t("palette.placeholder")}
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={found[chosen] ? `palette-${found[chosen].key}` : undefined}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={pressed}
      />
      <div id="palette-list" role="listbox" aria-label={t("palette.results")} ref={list} className="palette-list">
        {found.map((entry, n) => {
          const Icon = entry.icon;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field takes the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus
            <div
              key={entry.key}
              id={`palette-${entry.key}`}
              role="option"
              aria-selected={n === chosen}
              className={n === chosen ? "on" : ""}
              onMouseMove={() => setAt(n)}
              onClick={() => go(entry)}
            >
              <Icon size={16} aria-hidden />
              <span className="clip grow">{entry.word}</span>
              {entry.more && <span className="muted small">{entry.more}</span>}
            </div>
          );
        })}
      </div>
      {found.length === 0 && <p className="palette-none muted">{t("palette.none", { typed })}</p>}
    </Modal>
  );
}
