import { createGate, type Gate } from './gate.js';

/** What the node does wrong on demand. */
export interface Faults {
  /** Shut: no Lease, no status, no pod is touched, so that the controllers call the node lost; processes go on. */
  online: Gate;
  /** A pod that hangs ignores its deletion; its processes go on. */
  hangTermination(pod: string, hangs: boolean): void;
  /** Resolves at once for a pod that does not hang, else when it is released. `pod` is `namespace/name`. */
  mayTerminate(pod: string): Promise<void>;
}

export function createFaults(): Faults {
  const hanging = new Map<string, Gate>();
  return {
    online: createGate(),
    hangTermination: (pod, hangs) => {
      const gate = hanging.get(pod) ?? createGate();
      if (hangs) {
        gate.shut();
        hanging.set(pod, gate);
      } else {
        gate.open();
        hanging.delete(pod);
      }
    },
    mayTerminate: (pod) => hanging.get(pod)?.whenOpen() ?? Promise.resolve(),
  };
}
