import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { isApiError } from "../../../shared/client/api-error.ts";
import { client } from "../api/client.ts";
import { sessionKey, signOut, useSession } from "../api/session.ts";
import { useTitle } from "../ui/page.tsx";
import { ErrorPanel, Note, Skeleton } from "../ui/states.tsx";
import { SignupForm } from "./signup.tsx";
import { Welcome } from "./welcome.tsx";

function Accept({ token, name }: { readonly token: string; readonly name: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const accept = async () => {
    setBusy(true);
    try {
      const team = await client.invitationAccept({ params: { token } });
      await cache.invalidateQueries({ queryKey: sessionKey });
      await navigate(`/t/${team.id}`, { replace: true });
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return (
    <>
      {error !== null && <ErrorPanel error={error} compact />}
      <p>{t("invite.as", { name })}</p>
      <Button type="primary" loading={busy} onClick={() => void accept()}>
        {t("invite.accept")}
      </Button>
    </>
  );
}

/** For a person who is signed in: accept. For others: make an account for the invited address, or sign in. */
export function InvitePage() {
  const { t } = useTranslation();
  const { token = "" } = useParams();
  const navigate = useNavigate();
  const session = useSession().data;
  const invitation = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => client.invitationView({ params: { token } }),
    retry: false,
  });
  useTitle(t("invite.title"));
  const { data } = invitation;
  if (invitation.isError)
    return (
      <Welcome title={t("invite.title")}>
        {isApiError(invitation.error, "not_found") ? (
          <Note level="error" title={t("invite.gone")}>
            {t("invite.goneNext")}
          </Note>
        ) : (
          <ErrorPanel error={invitation.error} compact retry={() => void invitation.refetch()} />
        )}
        <Link to="/">{t("notFound.home")}</Link>
      </Welcome>
    );
  if (!data)
    return (
      <Welcome title={t("invite.title")}>
        <Skeleton />
      </Welcome>
    );
  const other = session && session.user.email !== data.email;
  return (
    <Welcome title={t("invite.join", { team: data.team })} about={t("invite.about", { role: t(`role.${data.role}`) })}>
      {other && <Note level="warning" title={t("invite.other", { email: data.email })} />}
      {other ? (
        <Button onClick={() => void signOut().then(() => window.location.reload())}>{t("nav.signOut")}</Button>
      ) : session ? (
        <Accept token={token} name={session.user.name} />
      ) : (
        <>
          <SignupForm invitation={token} email={data.email} done={async () => void (await navigate("/", { replace: true }))} />
          <p className="welcome-foot">
            {t("signup.hasAccount")}{" "}
            <Link to={`/login?next=${encodeURIComponent(`/invite/${token}`)}`}>{t("signup.signIn")}</Link>
          </p>
        </>
      )}
    </Welcome>
  );
}
