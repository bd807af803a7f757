import { useEffect, useRef } from "react";
import { NavLink, useLocation } from "react-router";
import { useTitle } from "../ui/page.tsx";

interface Tab {
  readonly to: string;
  readonly label: string;
  /** It is the one at the layout's own address. */
  readonly isFirst: boolean;
}

/** `title`: of all of them; each has its own before it. */
export function TabBar({
  label,
  title,
  tabs,
}: {
  readonly label: string;
  readonly title: string;
  readonly tabs: readonly Tab[];
}) {
  const { pathname } = useLocation();
  const here = tabs.find((tab) => !tab.isFirst && pathname.startsWith(tab.to));
  useTitle(here ? `${here.label} · ${title}` : title);
  const bar = useRef<HTMLElement>(null);
  // On a narrow screen the tab that one is on may be out of sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page has another tab
  useEffect(() => {
    // Its answer, a promise in newer browsers, must not become the effect's.
    void bar.current?.querySelector(".on")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [pathname]);
  return (
    <nav className="tabs" ref={bar} aria-label={label}>
      {tabs.map((tab) => (
        <NavLink key={tab.to} to={tab.to} end={tab.isFirst} className={({ isActive }) => (isActive ? "on" : "")}>
          {tab.label}
        </NavLink>
      ))}
    </nav>
  );
}
