import type { Client } from '@temporalio/client';
import type { KubernetesApi } from '../../../src/kubernetes/api.js';
import type { TemporalServer } from '../../stack/temporal.js';
import type { Stack } from '../../stack/stack.js';
import type { Expectation } from '../expectations.js';
import type { Screen } from '../screen.js';
import type { Stopwatch } from '../stopwatch.js';

/** What a scene plays on: a running stack with a worker. */
export interface Stage {
  readonly stack: Stack;
  readonly temporal: TemporalServer;
  /** As admin. */
  readonly api: KubernetesApi;
  readonly client: Client;
  readonly screen: Screen;
  readonly stopwatch: Stopwatch;
  /** Aborted when the scene is over or the demo is interrupted. */
  readonly signal: AbortSignal;
}

export interface Scene {
  /** What will happen, in lines for people. */
  readonly story: readonly string[];
  /** Default: 1. Three are for faults of a quorum. */
  readonly etcdMembers?: 3;
  /** Names of alerts that it must lead to; with monitoring only. Default: none. */
  readonly alerts?: readonly string[];
  /** Plays it, shows it, and tells what was expected. @throws Error when it cannot be played at all */
  play(stage: Stage): Promise<readonly Expectation[]>;
}
