import type { KubernetesAccess, KubernetesOptions } from './kubernetes-access.js';
import type { StoreLocation } from '../domain/drill/drill-plan.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { Output } from './output.js';
import type { CliSettings } from './settings.js';
import type { TemporalAccess } from './temporal-access.js';

/** What a command works with. Servers are reached on first use, and only by the commands that need them. */
export interface CliDependencies {
  readonly settings: CliSettings;
  readonly output: Output;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly pause: (durationMs: number) => Promise<void>;
  /** @throws CliFailure (2) for a kubeconfig that cannot be used */
  readonly kubernetes: (options?: KubernetesOptions) => Promise<KubernetesAccess>;
  /** @throws CliFailure (8) when Temporal does not answer within `timeoutMs` (default: 5 s) */
  readonly temporal: (options?: { timeoutMs?: number }) => Promise<TemporalAccess>;
  /**
   * Calls `undo` where a person interrupts the command before what this returns is called: for what a command created
   * for itself alone.
   */
  readonly onInterrupt: (undo: () => Promise<unknown>) => () => void;
  /** For reading; whoever opens it closes it. */
  readonly openStore: (location: StoreLocation) => Promise<ObjectStore>;
}
