import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { ApiServerAway } from '../domain/api-server-away.js';
import type { RestorePhase } from '../domain/replication/restore-review.js';
import type { ByPerson, RequestResult } from './messages.js';

/** What one restore is doing. */
export interface RestoreView {
  readonly phase: RestorePhase;
  /** One sentence: what goes on, or what it waits for. */
  readonly summary: string;
  /** One line for each Job and for the compaction. */
  readonly details: readonly string[];
  /** When it looks again by itself, RFC 3339 UTC. */
  readonly nextActionAt?: string;
  /** Only while an activity waits for the API server. */
  readonly apiServerAway?: ApiServerAway;
  /** Who asked to end it early, and why. */
  readonly cancelled?: string;
}

/** Query `status` of `runReplicationRestore`. */
export const restoreStatus = defineQuery<RestoreView>('status');

/**
 * Ends the restore early: its Jobs are deleted, their pods waited for, and then the Restore is Failed. A restore that
 * has ended refuses it with type `RequestRefused`.
 */
export const cancelRestore = defineUpdate<RequestResult, [ByPerson]>('cancel');
