import { Input } from "antd";
import { ArrowRight, Box, FileArchive, GitBranch, Upload } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { demos, demoUrl } from "../../../shared/domain/demos.ts";
import { useRoleReason } from "../components/role-reason.ts";
import { useTeam } from "../components/team.ts";
import { useTitle } from "../ui/page.tsx";
import { ReasonButton } from "../ui/reason-button.tsx";
import { Note } from "../ui/states.tsx";

/** A team with nothing yet: one field, three examples, and where everything else is. */
export function FirstDeploy() {
  const { t } = useTranslation();
  const team = useTeam();
  const reason = useRoleReason("developer");
  const navigate = useNavigate();
  const [url, setUrl] = useState("");
  useTitle(t("overview.title"));
  const start = (event: FormEvent) => {
    event.preventDefault();
    if (url.trim()) void navigate(`/t/${team.id}/new?url=${encodeURIComponent(url.trim())}&check=now`);
  };
  return (
    <div className="first">
      <h1>{t("first.title")}</h1>
      <p className="muted">{t("first.about")}</p>
      {reason && <Note level="info" title={reason} />}
      <form onSubmit={start} className="first-form">
        <Input
          size="large"
          prefix={<GitBranch size={16} aria-hidden />}
          placeholder="https://github.com/you/app.git"
          aria-label={t("source.gitUrl")}
          value={url}
          disabled={Boolean(reason)}
          onChange={(event) => setUrl(event.target.value)}
          className="mono"
        />
        <ReasonButton
          size="large"
          type="primary"
          htmlType="submit"
          reason={reason}
          icon={<ArrowRight size={16} aria-hidden />}
          iconPlacement="end"
        >
          {t("first.go")}
        </ReasonButton>
      </form>
      <h2>{t("first.demos")}</h2>
      <ul className="first-demos">
        {demos.map((demo) => (
          <li key={demo}>
            <Link to={`/t/${team.id}/new?url=${encodeURIComponent(demoUrl(window.location.origin, demo))}&check=now`}>
              <strong>{t(`language.of.${demo}`)}</strong>
              <span className="muted">{t(`demo.${demo}`)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <h2>{t("first.others")}</h2>
      <ul className="first-others">
        <li>
          <Link to={`/t/${team.id}/new?from=upload`}>
            <FileArchive size={16} aria-hidden />
            {t("source.upload")}
          </Link>
        </li>
        <li>
          <Link to={`/t/${team.id}/new?from=push`}>
            <Upload size={16} aria-hidden />
            {t("source.push")}
          </Link>
        </li>
        <li>
          <Link to={`/t/${team.id}/new?from=image`}>
            <Box size={16} aria-hidden />
            {t("source.image")}
          </Link>
        </li>
      </ul>
    </div>
  );
}
