import {
  Background,
  BaseEdge,
  type Connection,
  Controls,
  type Edge,
  type EdgeProps,
  getBezierPath,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  useNodesState,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { ArrowUpRight } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Application, Component } from "../../../../shared/contract/component.ts";
import { readyOf } from "../../../../shared/domain/component.ts";
import { useConfigurationChangeOf } from "../../components/configuration-change.ts";
import { componentPath } from "../../components/lookup.ts";
import { useTeam } from "../../components/team.ts";
import { aliasFor } from "../../forms/alias.ts";
import { placesOf, stackOf } from "../../forms/layout.ts";
import { detoursOf, pathThrough, type Point } from "../../forms/route.ts";
import { StatusChip } from "../../ui/chip.tsx";
import { toast } from "../../ui/toast.tsx";
import "./canvas.css";

interface Data extends Record<string, unknown> {
  readonly component: Component;
  readonly to: string;
  readonly stacked: boolean;
}
type CardNode = Node<Data, "component">;

const columnWidth = 320;
const rowHeight = 168;

/** What it is made of, in one word. */
function useKindWord(): (component: Component) => string {
  const { t } = useTranslation();
  return ({ language, source }) => (language ? t(`language.of.${language}`) : t(`source.kind.${source.kind}`));
}

function Card({ data: { component, to, stacked } }: NodeProps<CardNode>) {
  const { t } = useTranslation();
  const kind = useKindWord();
  const ready = readyOf(component);
  return (
    <div className={`node node-${component.status}`}>
      <Handle type="target" position={stacked ? Position.Top : Position.Left} />
      <header>
        <Link to={to} className="node-name">
          {component.name}
        </Link>
        <span className="muted small">{kind(component)}</span>
      </header>
      <div className="node-state">
        <StatusChip status={component.status} quiet />
        {ready !== null && (
          <span className="mono small muted num" title={t("canvas.ready")}>
            {ready}
          </span>
        )}
      </div>
      {component.url ? (
        <a className="node-url mono nodrag" href={component.url} target="_blank" rel="noreferrer">
          <span className="clip">{component.url.replace(/^https?:\/\//, "")}</span>
          <ArrowUpRight size={12} aria-hidden />
        </a>
      ) : (
        <span className="node-url muted">
          {component.configuration.ports.length > 0
            ? t("canvas.internalOnly", { ports: component.configuration.ports.map((p) => p.port).join(", ") })
            : t("canvas.noPorts")}
        </span>
      )}
      <Handle type="source" position={stacked ? Position.Bottom : Position.Right} />
    </div>
  );
}
const nodeTypes = { component: Card };

const edgesOf = (components: readonly Component[], wordsOf: (from: Component, to: Component) => string): Edge[] =>
  components.flatMap((component) =>
    component.configuration.dependencies.flatMap((d) => {
      const target = components.find((c) => c.id === d.component);
      if (!target) return [];
      return {
        type: "dependency",
        id: `${component.id}-${d.component}-${d.port}-${d.alias}`,
        source: component.id,
        target: d.component,
        label: String(d.port),
        ariaLabel: wordsOf(component, target),
        className: target.status === "failed" ? "edge-failing" : "",
      };
    }),
  );

const cardWidth = 248;
/** Until it was measured. */
const cardHeight = 98;

/** As many as a narrow screen shows at a size that can be read. */
const firstOf = (nodes: readonly CardNode[]) => nodes.toSorted((a, b) => a.position.y - b.position.y).slice(0, 4);

/** With a way around the cards for each edge that would pass behind one. */
function routed(edges: readonly Edge[], nodes: readonly CardNode[], narrow: boolean): Edge[] {
  const cards = nodes.map(({ id, position, measured }) => ({
    id,
    ...position,
    width: measured?.width ?? cardWidth,
    height: measured?.height ?? cardHeight,
  }));
  const detours = detoursOf(cards, edges, narrow ? "stacked" : "across");
  return edges.map((edge) => ({ ...edge, data: { corners: detours.get(edge.id) ?? null } }));
}

function Dependency(props: EdgeProps<Edge<{ readonly corners: readonly Point[] | null }>>) {
  const { data, label } = props;
  const corners = data?.corners;
  const [a, b] = [corners?.[2], corners?.[3]];
  if (!corners || !a || !b) {
    const [path, labelX, labelY] = getBezierPath(props);
    return <BaseEdge path={path} label={label} labelX={labelX} labelY={labelY} />;
  }
  return <BaseEdge path={pathThrough(corners)} label={label} labelX={(a.x + b.x) / 2} labelY={(a.y + b.y) / 2} />;
}
const edgeTypes = { dependency: Dependency };

/** Topology: drag from the right of one card to the left of another to make it depend on it. */
export function Canvas({
  application,
  components,
  reason,
}: {
  readonly application: Application;
  readonly components: readonly Component[];
  readonly reason: string | null;
}) {
  const { t } = useTranslation();
  const team = useTeam();
  const change = useConfigurationChangeOf();
  const [narrow] = useState(() => window.matchMedia("(max-width: 760px)").matches);
  const wanted = useMemo<CardNode[]>(() => {
    const places = narrow ? stackOf(components) : placesOf(components);
    return components.map((component) => {
      const { column, row } = places.get(component.id) ?? { column: 0, row: 0 };
      return {
        id: component.id,
        type: "component",
        position: { x: column * columnWidth, y: row * rowHeight },
        data: { component, to: componentPath(team.id, application, component), stacked: narrow },
      };
    });
  }, [components, application, team.id, narrow]);
  const [nodes, setNodes, onNodesChange] = useNodesState<CardNode>(wanted);
  useEffect(() => {
    setNodes((now) =>
      wanted.map((next) => ({ ...next, position: now.find((n) => n.id === next.id)?.position ?? next.position })),
    );
  }, [wanted, setNodes]);

  const edges = useMemo(() => {
    const words = (from: Component, to: Component) => t("canvas.edge", { from: from.name, to: to.name });
    return routed(edgesOf(components, words), nodes, narrow);
  }, [components, nodes, narrow, t]);

  const connect = ({ source, target }: Connection) => {
    const from = components.find((c) => c.id === source);
    const to = components.find((c) => c.id === target);
    if (!from || !to || from === to) return;
    const port = to.configuration.ports.find((p) => p.internal)?.port;
    if (!port) return toast(t("canvas.noInternalPort", { name: to.name }), { level: "error" });
    const dependencies = [
      ...from.configuration.dependencies,
      { component: to.id, port, alias: aliasFor(to.name, from.configuration.dependencies) },
    ];
    change(
      { name: `${application.name} / ${from.name}`, component: from, cannotConfigure: from.release === null },
      { title: t("canvas.depend", { name: to.name }), configuration: { dependencies } },
    );
  };

  return (
    <section className="canvas" aria-label={t("canvas.label")}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onConnect={connect}
        nodesConnectable={!reason}
        edgesFocusable={false}
        nodesFocusable={false}
        deleteKeyCode={null}
        fitView
        fitViewOptions={{ padding: 0.12, maxZoom: 1, ...(narrow ? { minZoom: 0.8, nodes: firstOf(wanted) } : { minZoom: 0.4 }) }}
        minZoom={0.3}
        maxZoom={1.5}
        ariaLabelConfig={{
          "node.a11yDescription.default": "",
          "node.a11yDescription.keyboardDisabled": "",
          "edge.a11yDescription.default": "",
          "controls.ariaLabel": t("canvas.controls"),
          "controls.zoomIn.ariaLabel": t("canvas.zoomIn"),
          "controls.zoomOut.ariaLabel": t("canvas.zoomOut"),
          "controls.fitView.ariaLabel": t("canvas.fit"),
        }}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={24} size={1.5} color="var(--border-strong)" />
        <Controls showInteractive={false} />
      </ReactFlow>
      {components.length > 1 && !reason && <p className="canvas-hint muted small">{t("canvas.hint")}</p>}
    </section>
  );
}
