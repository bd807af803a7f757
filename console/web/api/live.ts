import { type InfiniteData, type Query, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { isApiError } from "../../../shared/client/api-error.ts";
import type { Stream, StreamHandlers, StreamState, SubscribeOptions } from "../../../shared/client/streams.ts";
import type { Application } from "../../../shared/contract/component.ts";
import type { ApplicationId, ComponentId } from "../../../shared/contract/id.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import { client } from "./client.ts";
import { withOperation } from "./operation-list.ts";
import {
  adoptApplication,
  adoptComponent,
  forgetApplication,
  forgetComponent,
  type OperationPage,
  queries,
  usageMs,
} from "./queries.ts";
import { askOnceMore, queryClient, refetch, refetchIfOnItsWay } from "./query-client.ts";
import { sessionKey } from "./session.ts";
import { signedOut } from "./signed-out.ts";

type Connection = StreamState["state"];
let stream: Promise<Stream> | null = null;
let connection: Connection = "connecting";
const listeners = new Set<() => void>();
const say = (next: Connection) => {
  connection = next;
  for (const listener of listeners) listener();
};
const listen = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
export const useConnection = (): Connection => useSyncExternalStore(listen, () => connection);

/** The client of streams checks each frame with its schema: it comes after the first paint. */
async function open(team: string): Promise<Stream> {
  const { openStream } = await import("../../../shared/client/streams.ts");
  const origin = window.location.origin.replace(/^http/, "ws");
  return openStream({
    url: async () => `${origin}/v1/realtime?team=${encodeURIComponent(team)}`,
    connect: (url) => new WebSocket(url),
    onState: ({ state }) => say(state),
  });
}

/** Subscribes on the team's one connection; answers how to stop. */
export function subscribe(channel: string, options: SubscribeOptions, handlers: StreamHandlers): () => void {
  let stopped = false;
  let stop = () => {};
  void stream?.then((opened) => {
    if (stopped) return;
    const subscription = opened.subscribe(channel, options, handlers);
    stop = () => subscription.unsubscribe();
  });
  return () => {
    stopped = true;
    stop();
  };
}

/** While mounted, with the newest handlers; null: nothing to follow now. */
export function useChannel(channel: string | null, options: SubscribeOptions, handlers: StreamHandlers): void {
  const newest = useRef(handlers);
  newest.current = handlers;
  const words = JSON.stringify(options);
  useEffect(() => {
    if (!channel) return;
    return subscribe(channel, JSON.parse(words) as SubscribeOptions, {
      onData: (data, sequence) => newest.current.onData(data, sequence),
      onSubscribed: (subscribed) => newest.current.onSubscribed?.(subscribed),
      onGap: (gap) => newest.current.onGap?.(gap),
      onCaughtUp: (sequence) => newest.current.onCaughtUp?.(sequence),
      onEnded: (ended) => newest.current.onEnded?.(ended),
      onError: (error) => newest.current.onError?.(error),
    });
  }, [channel, words]);
}

async function renewComponent(team: string, component: ComponentId): Promise<void> {
  try {
    adoptComponent(team, await client.componentView({ params: { component } }));
  } catch (error) {
    if (!isApiError(error, "not_found")) return refetch([team, "components"]);
    forgetComponent(team, component);
  }
}

/** While mounted, the component's use of memory and CPU is fresh. */
export function useFreshUsage(team: string, component: ComponentId): void {
  useQuery({
    queryKey: [team, "usage", component],
    queryFn: async () => {
      await renewComponent(team, component);
      return null;
    },
    refetchInterval: usageMs,
  });
}

async function renewApplication(team: string, application: ApplicationId): Promise<void> {
  try {
    adoptApplication(team, await client.applicationView({ params: { application } }));
  } catch (error) {
    if (!isApiError(error, "not_found")) return refetch([team, "applications"]);
    forgetApplication(team, application);
  }
}

export function adoptOperation(team: string, operation: Operation): void {
  const { queryKey } = queries.operation(team, operation.id);
  queryClient.setQueryData(queryKey, (known) => (known && known.generation > operation.generation ? known : operation));
  refetchIfOnItsWay(queryKey);
  for (const key of [null, operation.component ?? operation.dataCenter]) {
    const list = [team, "operations", key];
    queryClient.setQueryData<InfiniteData<OperationPage>>(list, (known) => known && withOperation(known, operation));
    // Older ones that were asked for are not kept waiting: an operation changes often.
    askOnceMore({ queryKey: list });
  }
}

async function renewOperation(team: string, id: string): Promise<void> {
  try {
    adoptOperation(team, await client.operationView({ params: { operation: id as Operation["id"] } }));
  } catch {
    refetch([team, "operations"]);
  }
}

/** What each kind of change makes stale. */
const changed: Readonly<Record<string, (team: string, id: string) => void>> = {
  component: (team, id) => {
    void renewComponent(team, id as ComponentId);
    refetch([team, "releases", id]);
    refetch([team, "variables", id]);
  },
  operation: (team, id) => void renewOperation(team, id),
  // Others may have moved up.
  build: (team) => refetch([team, "build"]),
  check: (team, id) => refetch([team, "check", id]),
  application: (team, id) => void renewApplication(team, id as Application["id"]),
  team: (team) => {
    refetch([team, "team"]);
    refetch(sessionKey);
  },
  // It may be oneself, whose session names the role.
  member: (team) => {
    refetch([team, "members"]);
    refetch([team, "invitations"]);
    refetch(sessionKey);
  },
  invitation: (team) => refetch([team, "invitations"]),
  key: (team) => refetch([team, "keys"]),
  "data-center": (team, id) => {
    refetch([team, "dataCenters"]);
    refetch([team, "nodes", id]);
  },
};

/** It could not be fetched again: what is shown of it may be old. */
export const isStale = ({ state }: Query): boolean => state.status === "error" && state.data !== undefined;

/** 5 s: how old a page may be while there is no connection, and after a fetch that failed. */
const fallbackMs = 5_000;

/** Follows the team while mounted; without a connection what is on the page is fetched again and again. */
export function useTeamLive(team: string): void {
  useEffect(() => {
    const mine = open(team);
    stream = mine;
    const stop = subscribe(
      "team",
      {},
      {
        onData: (data) => data.kind === "changed" && changed[data.resource]?.(team, data.resourceId),
        onSubscribed: ({ resumed }) => {
          if (resumed) return;
          refetch([team]);
          refetch(sessionKey);
        },
      },
    );
    const timer = window.setInterval(() => {
      if (document.visibilityState !== "visible" || signedOut.now() !== "no") return;
      // What takes longer than that is let come.
      const patient = { cancelRefetch: false };
      if (connection === "open") return void queryClient.refetchQueries({ type: "active", predicate: isStale }, patient);
      // Whoever is no longer in the team has no connection either: the session says so.
      for (const queryKey of [[team], sessionKey]) void queryClient.invalidateQueries({ queryKey }, patient);
    }, fallbackMs);
    return () => {
      window.clearInterval(timer);
      stop();
      if (stream === mine) stream = null;
      void mine.then((opened) => opened.close());
    };
  }, [team]);
}
