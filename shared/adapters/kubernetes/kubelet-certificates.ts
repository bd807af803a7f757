import { connect } from "node:tls";
import type { Certificates } from "./node-findings.ts";
import type { Node } from "./shapes.ts";

const answerMs = 2_000;
/** Nodes asked in one look; all of them get their turn. */
const asked = 20;
const turnMs = 3_600_000;

const addressOf = (node: Node): string | undefined => node.status?.addresses?.find((a) => a.type === "InternalIP")?.address;

/** Anybody who connects is shown the certificate; nothing is asked of the kubelet, so that it need not let us in. null: it does not answer us. */
function endOf(host: string, port: number): Promise<Date | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: answerMs });
    const end = (date: Date | null): void => {
      socket.destroy();
      resolve(date);
    };
    socket.once("secureConnect", () => {
      const ends = new Date(socket.getPeerCertificate().valid_to);
      end(Number.isNaN(ends.getTime()) ? null : ends);
    });
    socket.once("timeout", () => end(null));
    socket.once("error", () => end(null));
  });
}

/** The nodes whose turn it is: another part of them each hour. */
function turn(nodes: readonly Node[], now: Date): readonly Node[] {
  const parts = Math.ceil(nodes.length / asked);
  const part = parts === 0 ? 0 : Math.floor(now.getTime() / turnMs) % parts;
  return nodes.slice(part * asked, (part + 1) * asked);
}

/** When the certificates end that kubelets answer with. */
export async function kubeletCertificates(nodes: readonly Node[], now: Date): Promise<Certificates> {
  const ends = await Promise.all(
    turn(nodes, now).map(async (node) => {
      const address = addressOf(node);
      const end = address && (await endOf(address, node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 10_250));
      return end ? [[node.metadata.name, end] as const] : [];
    }),
  );
  return new Map(ends.flat());
}
