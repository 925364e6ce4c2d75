import { registerNode, removeNode, startHeartbeats, type Heartbeats, type NodeOptions } from './node.js';
import { createGate } from './gate.js';

export interface NodeLostOptions {
  node: NodeOptions;
  heartbeats: Heartbeats;
  watch: { pause(): void; resume(): void };
  say(entry: Readonly<Record<string, unknown>>): void;
}

export interface NodeLostSwitch {
  /** Resolves when the API knows what must be known at once. */
  set(lost: boolean): Promise<void>;
  /** Ends what runs because of the fault; the API stays as it is. */
  stop(): void;
}

/**
 * Lets the node play dead: no Lease, no status, no pod is touched; processes go on. Controllers that see every node
 * of a cluster vanish believe in a fault of their own and evict nothing, so while it lasts a second node is alive.
 */
export function createNodeLostSwitch({ node, heartbeats, watch, say }: NodeLostOptions): NodeLostSwitch {
  const witness = { ...node, nodeName: witnessName(node.nodeName), online: createGate() };
  let witnessBeats: Heartbeats | undefined;
  const set = async (lost: boolean) => {
    if (lost === !node.online.isOpen()) return;
    say({ msg: lost ? 'the node plays dead' : 'the node is well again' });
    if (lost) {
      await registerNode(witness);
      witnessBeats = startHeartbeats(witness);
      node.online.shut();
      watch.pause();
    } else {
      witnessBeats?.stop();
      node.online.open();
      heartbeats.beatNow();
      watch.resume();
      await removeNode(witness);
    }
  };
  return { set, stop: () => witnessBeats?.stop() };
}

/** The node that stays alive while the other plays dead; one that an agent before this left behind is removed. */
export function witnessName(nodeName: string): string {
  return `${nodeName}-witness`;
}
