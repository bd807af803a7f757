import { useTranslation } from "react-i18next";
import { Logo } from "./logo.tsx";
import "./opening.css";

/** Until it is known who is there: nothing for a moment, then the name, then that it takes long. */
export function Opening() {
  const { t } = useTranslation();
  return (
    <div className="opening" role="status">
      <Logo />
      <p className="muted">{t("opening.slow")}</p>
    </div>
  );
}
