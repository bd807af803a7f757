import {
  Boxes,
  Check,
  ChevronsUpDown,
  Gauge,
  KeyRound,
  type LucideIcon,
  Menu as MenuIcon,
  Plus,
  ScrollText,
  Search,
  Server,
  Settings,
  Users,
} from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useLayoutEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, useLocation, useNavigate, useNavigation, useNavigationType } from "react-router";
import { useTeamLive } from "../api/live.ts";
import { useSession } from "../api/session.ts";
import { NotFound } from "../pages/not-found.tsx";
import { Menu, type MenuItem } from "../ui/menu.tsx";
import { Arrival } from "./arrival.tsx";
import { currentQuestion, loadQuestion, onQuestion } from "./ask.ts";
import { Banners, loadSignInAgain } from "./banners.tsx";
import { ChangeProvider, loadChangeDrawer } from "./change.tsx";
import { Crumbs } from "./crumbs.tsx";
import { useLeaveQuestion } from "./leave-guard.tsx";
import { Logo } from "./logo.tsx";
import { PersonMenu } from "./person-menu.tsx";
import { rememberTeam, type Team, useTeamOrNull } from "./team.ts";

const loadRailDrawer = () => import("./rail-drawer.tsx");
const RailDrawer = lazy(async () => ({ default: (await loadRailDrawer()).RailDrawer }));
const Question = lazy(async () => ({ default: (await loadQuestion()).Question }));
const loadPalette = () => import("./palette.tsx");
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }));

interface Place {
  readonly to: string;
  readonly icon: LucideIcon;
  readonly word:
    | "nav.applications"
    | "nav.dataCenters"
    | "nav.members"
    | "nav.keys"
    | "nav.usage"
    | "nav.audit"
    | "nav.teamSettings";
  readonly end?: boolean;
}
const placesOf = (team: string): readonly (readonly Place[])[] => [
  [
    { to: `/t/${team}`, icon: Boxes, word: "nav.applications", end: true },
    { to: "/data-centers", icon: Server, word: "nav.dataCenters" },
  ],
  [
    { to: `/t/${team}/members`, icon: Users, word: "nav.members" },
    { to: `/t/${team}/keys`, icon: KeyRound, word: "nav.keys" },
    { to: `/t/${team}/usage`, icon: Gauge, word: "nav.usage" },
    { to: `/t/${team}/audit`, icon: ScrollText, word: "nav.audit" },
    { to: `/t/${team}/settings`, icon: Settings, word: "nav.teamSettings" },
  ],
];

function TeamSwitcher({ team }: { readonly team: Team }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const teams = useSession().data?.teams ?? [];
  const items: MenuItem[] = [
    ...teams.map((each) => ({
      key: each.id,
      label: each.name,
      icon: <Check size={14} aria-hidden style={{ visibility: each.id === team.id ? "visible" : "hidden" }} />,
      run: () => void navigate(`/t/${each.id}`),
    })),
    {
      key: "new",
      apart: true,
      label: t("team.create"),
      icon: <Plus size={14} aria-hidden />,
      run: () => void navigate("/account?create=team"),
    },
  ];
  return (
    <Menu items={items} label={t("team.switch", { name: team.name })} className="team-switcher">
      <span className="team-mark" aria-hidden>
        {team.name.slice(0, 1).toUpperCase()}
      </span>
      <span className="team-name">{team.name}</span>
      <ChevronsUpDown size={14} aria-hidden />
    </Menu>
  );
}

function Places({ team }: { readonly team: Team }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const inApplications = pathname.startsWith(`/t/${team.id}/apps`) || pathname.startsWith(`/t/${team.id}/new`);
  return (
    <nav aria-label={t("nav.label")} className="rail-nav">
      {placesOf(team.id).map((group) => (
        <ul key={group[0]?.word}>
          {group.map(({ to, icon: Icon, word, end }) => (
            <li key={to}>
              <NavLink
                to={to}
                end={end ?? false}
                className={({ isActive }) =>
                  isActive || (word === "nav.applications" && inApplications) ? "rail-link on" : "rail-link"
                }
              >
                <Icon size={16} aria-hidden />
                {t(word)}
              </NavLink>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}

function Rail({ team }: { readonly team: Team }) {
  return (
    <>
      <TeamSwitcher team={team} />
      <Places team={team} />
      <div className="rail-foot">
        <PersonMenu />
      </div>
    </>
  );
}

function TopBar({
  team,
  openSearch,
  openRail,
}: {
  readonly team: Team;
  readonly openSearch: () => void;
  readonly openRail: () => void;
}) {
  const { t } = useTranslation();
  const mac = navigator.platform.startsWith("Mac");
  return (
    <div className="top-bar">
      <button type="button" className="icon-button narrow-only" aria-label={t("nav.menu")} onClick={openRail}>
        <MenuIcon size={18} aria-hidden />
      </button>
      <Crumbs team={team} />
      <button type="button" className="search-button" aria-keyshortcuts="Control+K Meta+K" onClick={openSearch}>
        <Search size={14} aria-hidden />
        <span>{t("palette.open")}</span>
        <kbd aria-hidden>{mac ? "⌘K" : "Ctrl K"}</kbd>
      </button>
    </div>
  );
}

/** A click is seen to be heard while the page that it leads to is slow to come. */
function Going() {
  const { t } = useTranslation();
  return useNavigation().state === "loading" && <div className="going" role="progressbar" aria-label={t("nav.going")} />;
}

/** A page opens at its top. Going back leads to where one was in it: `keepScrollPlaces`. */
function useTop(): void {
  const { pathname } = useLocation();
  const isNew = useNavigationType() === "PUSH";
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page has another path
  useLayoutEffect(() => {
    if (isNew) window.scrollTo(0, 0);
  }, [pathname]);
}

/** Ctrl or Cmd with K, anywhere. */
function useSearchKey(toggle: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      toggle();
    };
    window.addEventListener("keydown", pressed, { capture: true });
    return () => window.removeEventListener("keydown", pressed, { capture: true });
  }, [toggle]);
}

function Frame({ team, children }: { readonly team: Team; readonly children: ReactNode }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [searching, setSearching] = useState(false);
  // Only there: another place closes the drawer.
  const [railOpenAt, setRailOpenAt] = useState<string | null>(null);
  const [toggle] = useState(() => () => setSearching((open) => !open));
  useSearchKey(toggle);
  useTop();
  useLeaveQuestion();
  useTeamLive(team.id);
  // Whoever types right after Ctrl K loses no letter; what unsaved edits need is there when the network is not, and after an upgrade.
  useEffect(() => {
    const all = [loadPalette, loadQuestion, loadSignInAgain, loadChangeDrawer, loadRailDrawer];
    const load = () => void Promise.all(all.map((each) => each())).catch(() => {}); // they are loaded when they are needed
    const timer = window.setTimeout(load, 1_500);
    return () => window.clearTimeout(timer);
  }, []);
  const asked = useSyncExternalStore(onQuestion, currentQuestion);
  return (
    <ChangeProvider>
      <div className="shell">
        <a className="skip-link" href="#main">
          {t("nav.skip")}
        </a>
        <aside className="rail">
          <Link to={`/t/${team.id}`} className="rail-logo" aria-label={t("nav.home")}>
            <Logo />
          </Link>
          <Rail team={team} />
        </aside>
        {railOpenAt === pathname && (
          <Suspense>
            <RailDrawer close={() => setRailOpenAt(null)}>
              <Rail team={team} />
            </RailDrawer>
          </Suspense>
        )}
        <div className="shell-main">
          <Going />
          <Banners />
          <TopBar team={team} openSearch={() => setSearching(true)} openRail={() => setRailOpenAt(pathname)} />
          <main id="main" tabIndex={-1}>
            {children}
          </main>
        </div>
        <Suspense>{asked && <Question asked={asked} />}</Suspense>
        {searching && (
          <Suspense>
            <Palette team={team} close={() => setSearching(false)} />
          </Suspense>
        )}
      </div>
    </ChangeProvider>
  );
}

/** Rail, breadcrumb, search and the page of one team. */
export function Shell() {
  const team = useTeamOrNull();
  // Who is in no team has no other page, and makes one there.
  const isOfAccount = useLocation().pathname === "/account";
  useEffect(() => {
    if (team) rememberTeam(team.id);
  }, [team]);
  if (!team)
    return isOfAccount ? (
      <main id="main">
        <Outlet />
      </main>
    ) : (
      <NotFound />
    );
  return (
    <>
      <Frame team={team} key={team.id}>
        <Outlet />
      </Frame>
      <Arrival />
    </>
  );
}
