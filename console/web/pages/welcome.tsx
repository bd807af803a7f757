import { CircleCheck, GitBranch, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Logo } from "../components/logo.tsx";
import { LanguageButton, ThemePicker } from "../components/person-menu.tsx";
import "./welcome.css";

const story = ["check", "plan", "build", "run"] as const;
const times = { check: "1.2s", plan: "0.1s", build: "8.4s", run: "1.6s" } as const;

/** What the product does, told in its own words: an operation as it looks inside. */
function Story() {
  const { t } = useTranslation();
  return (
    <figure className="story" aria-label={t("welcome.storyLabel")}>
      <div className="story-source mono">
        <GitBranch size={14} aria-hidden />
        <span translate="no">{"https://git.example.com/shop/web.git"}</span>
      </div>
      <ol>
        {story.map((step) => (
          <li key={step}>
            <CircleCheck size={16} aria-hidden className="ink-green" />
            <span>{t(`welcome.story.${step}`)}</span>
            <span className="mono muted num">{times[step]}</span>
          </li>
        ))}
        <li className="story-now">
          <LoaderCircle size={16} aria-hidden className="ink-blue" />
          <span>{t("welcome.story.watch")}</span>
          <span className="mono muted num">{t("welcome.story.always")}</span>
        </li>
      </ol>
      <div className="story-url mono">
        <span className="story-dot" aria-hidden />
        <span translate="no">{"https://web.shop.example.com"}</span>
      </div>
    </figure>
  );
}

/** The frame of every page before signing in. */
export function Welcome({
  title,
  about,
  children,
  foot,
}: {
  readonly title: string;
  readonly about?: ReactNode;
  readonly children: ReactNode;
  readonly foot?: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <div className="welcome">
      <div className="welcome-left">
        <header>
          <Logo />
          <div className="welcome-tools">
            <ThemePicker />
            <LanguageButton />
          </div>
        </header>
        <main id="main" className="welcome-form">
          <h1>{title}</h1>
          {about && <p className="muted">{about}</p>}
          {children}
          {foot && <p className="welcome-foot">{foot}</p>}
        </main>
      </div>
      <aside className="welcome-right">
        <div>
          <h2>{t("welcome.promise")}</h2>
          <p>{t("welcome.promiseMore")}</p>
          <Story />
        </div>
      </aside>
    </div>
  );
}
