import { Input } from "antd";
import {
  Box,
  Boxes,
  CirclePause,
  Container,
  Gauge,
  HardDrive,
  History,
  KeyRound,
  type LucideIcon,
  Package,
  Play,
  Plug,
  Plus,
  RotateCw,
  ScrollText,
  Server,
  Settings,
  Square,
  SquareTerminal,
  Text,
  Trash2,
  UserRound,
  Users,
  Variable,
  Waypoints,
} from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Application, Component } from "../../../shared/contract/component.ts";
import { useSession } from "../api/session.ts";
import { appPath, componentPath, useApplications, useComponents, useDataCenters } from "./lookup.ts";
import "./palette.css";
import type { Team } from "./team.ts";
import { Dialog } from "../ui/dialog.tsx";

interface Entry {
  readonly key: string;
  readonly icon: LucideIcon;
  readonly word: string;
  readonly more?: string;
  readonly to: string;
  /** Shown only once something is typed. */
  readonly deep?: boolean;
}

const tabs = [
  ["logs", Text],
  ["terminal", SquareTerminal],
  ["variables", Variable],
  ["ports", Plug],
  ["storage", HardDrive],
  ["containers", Container],
  ["scaling", Gauge],
  ["dependencies", Waypoints],
  ["releases", Package],
  ["operations", History],
  ["settings", Settings],
] as const;
const actions = [
  ["deploy", Play],
  ["restart", RotateCw],
  ["start", CirclePause],
  ["stop", Square],
  ["remove", Trash2],
] as const;

function usePages(team: Team): readonly Entry[] {
  const { t } = useTranslation();
  const teams = useSession().data?.teams ?? [];
  const home = `/t/${team.id}`;
  return [
    { key: "new", icon: Plus, word: t("action.new"), to: `${home}/new` },
    { key: "overview", icon: Boxes, word: t("nav.applications"), to: home },
    { key: "dc", icon: Server, word: t("nav.dataCenters"), to: "/data-centers" },
    { key: "members", icon: Users, word: t("nav.members"), to: `${home}/members` },
    { key: "keys", icon: KeyRound, word: t("nav.keys"), to: `${home}/keys` },
    { key: "usage", icon: Gauge, word: t("nav.usage"), to: `${home}/usage` },
    { key: "audit", icon: ScrollText, word: t("nav.audit"), to: `${home}/audit` },
    { key: "team", icon: Settings, word: t("nav.teamSettings"), to: `${home}/settings` },
    { key: "account", icon: UserRound, word: t("nav.account"), to: "/account" },
    ...teams
      .filter((other) => other.id !== team.id)
      .map((other) => ({ key: other.id, icon: Users, word: other.name, more: t("palette.team"), to: `/t/${other.id}` })),
  ];
}

/** A component, its pages, and what can be done with it: each action opens its plan first. */
function useOfComponent(team: Team): (application: Application, component: Component) => readonly Entry[] {
  const { t } = useTranslation();
  return (application, component) => {
    const at = (tab: string) => componentPath(team.id, application, component, tab);
    const shared = { word: `${application.name} / ${component.name}`, deep: true };
    const useless = component.wanted === "running" ? "start" : "stop";
    return [
      { ...shared, deep: false, key: component.id, icon: Box, more: t(`status.${component.status}.word`), to: at("") },
      ...actions
        .filter(([name]) => name !== useless)
        .map(([name, icon]) => ({
          ...shared,
          key: `${component.id}.${name}`,
          icon,
          more: t(`action.${name}`),
          to: `${at("")}?do=${name}`,
        })),
      ...tabs.map(([tab, icon]) => ({ ...shared, key: `${component.id}.${tab}`, icon, more: t(`tab.${tab}`), to: at(tab) })),
    ];
  };
}

/** `isWhole`: nothing of it is still on its way. */
function useEntries(team: Team): { readonly entries: readonly Entry[]; readonly isWhole: boolean } {
  const { t } = useTranslation();
  const asked = [useApplications(), useComponents(), useDataCenters()] as const;
  const [applications = [], components = [], dataCenters = []] = [asked[0].data, asked[1].data, asked[2].data];
  const ofComponent = useOfComponent(team);
  const pages = usePages(team);
  const entries = [
    ...applications.map((a) => ({ key: a.id, icon: Boxes, word: a.name, more: t("application.one"), to: appPath(team.id, a) })),
    ...components.flatMap((component) => {
      const application = applications.find((a) => a.id === component.application);
      return application ? ofComponent(application, component) : [];
    }),
    ...dataCenters.map((d) => ({
      key: d.id,
      icon: Server,
      word: d.name,
      more: t("dataCenter.one"),
      to: `/data-centers/${d.id}`,
    })),
    ...pages,
  ];
  return { entries, isWhole: asked.every(({ isPending }) => !isPending) };
}

/** Every typed word must occur somewhere. */
const matches = (entry: Entry, words: readonly string[]) =>
  words.every((word) => `${entry.word} ${entry.more ?? ""}`.toLowerCase().includes(word));
/** More than anyone reads; another word narrows it. */
const shownMax = 40;

export function Palette({ team, close }: { readonly team: Team; readonly close: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { entries, isWhole } = useEntries(team);
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
    <Dialog
      onCancel={close}
      footer={null}
      closable={false}
      mask={{ closable: true }}
      width={560}
      style={{ top: 96 }}
      classNames={{ container: "palette", header: "sr-only" }}
      title={t("palette.open")}
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
      {found.length === 0 && <p className="palette-none muted">{isWhole ? t("palette.none", { typed }) : t("palette.coming")}</p>}
      <p className="palette-keys muted small" aria-hidden>
        {t("palette.keys")}
      </p>
    </Dialog>
  );
}
