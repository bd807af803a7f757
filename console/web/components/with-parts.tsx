import type { ReactNode } from "react";
import type { Application, Component } from "../../../shared/contract/component.ts";
import { ErrorPanel, Skeleton } from "../ui/states.tsx";
import { useApplications, useComponents } from "./lookup.ts";

interface Props {
  readonly wide?: boolean;
  readonly children: (applications: readonly Application[], components: readonly Component[]) => ReactNode;
}

/** What needs the team's applications and components: these, or why they are not there yet. */
export function WithParts({ wide = false, children }: Props) {
  const applications = useApplications();
  const components = useComponents();
  if (applications.data && components.data) return children(applications.data, components.data);
  const error = applications.error ?? components.error;
  if (error)
    return (
      <div className="page">
        <ErrorPanel error={error} retry={() => void Promise.all([applications.refetch(), components.refetch()])} />
      </div>
    );
  return (
    <div className={wide ? "page page-wide" : "page"}>
      <Skeleton rows={1} height={40} />
      <br />
      {wide ? <Skeleton rows={1} height={420} /> : <Skeleton rows={3} height={96} />}
    </div>
  );
}
