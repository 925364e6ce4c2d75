import { Gauge, type Registry } from 'prom-client';
import type { RestoreMetricState } from '../domain/replication/restore-metric-state.js';

/** Identity of a Restore, as labels. */
export interface RestoreLabels {
  readonly namespace: string;
  readonly restore: string;
}

/** The series of Restores. One has some while it is ours and has not ended well. */
export interface RestoreMetrics {
  /** In place of what was shown of it before. */
  show(labels: RestoreLabels, state: RestoreMetricState): void;
  /** Removes every series of the Restore. */
  forget(labels: RestoreLabels): void;
}

const OF_RESTORE = ['namespace', 'restore'] as const;

export function createRestoreMetrics(registry: Registry): RestoreMetrics {
  const gauges = createGauges(registry);
  const shown = new Map<string, RestoreMetricState>();
  const keyOf = ({ namespace, restore }: RestoreLabels): string => `${namespace}/${restore}`;
  const forget = (labels: RestoreLabels): void => {
    const state = shown.get(keyOf(labels));
    if (state === undefined) return;
    const { phase, waiting, failed } = state;
    gauges.phase.remove({ ...labels, phase });
    gauges.phaseStarted.remove({ ...labels, phase });
    if (waiting !== undefined) gauges.waitingStarted.remove({ ...labels, reason: waiting.reason });
    if (failed !== undefined) gauges.failed.remove({ ...labels, reason: failed });
    shown.delete(keyOf(labels));
  };
  return {
    forget,
    show: (labels, state) => {
      forget(labels);
      shown.set(keyOf(labels), state);
      const { phase, phaseStartedSeconds, waiting, failed } = state;
      gauges.phase.set({ ...labels, phase }, 1);
      if (phaseStartedSeconds !== undefined) {
        gauges.phaseStarted.set({ ...labels, phase }, phaseStartedSeconds);
      }
      if (waiting?.startedSeconds !== undefined) {
        gauges.waitingStarted.set({ ...labels, reason: waiting.reason }, waiting.startedSeconds);
      }
      if (failed !== undefined) gauges.failed.set({ ...labels, reason: failed }, 1);
    },
  };
}

function createGauges(registry: Registry) {
  const registers = [registry];
  return {
    phase: new Gauge({
      name: 'holdfast_restore_phase',
      help: '1 for the phase that the Restore is in; no series once it has ended well.',
      labelNames: [...OF_RESTORE, 'phase'],
      registers,
    }),
    phaseStarted: new Gauge({
      name: 'holdfast_restore_phase_started_timestamp_seconds',
      help: 'Since when the Restore is in this phase.',
      labelNames: [...OF_RESTORE, 'phase'],
      registers,
    }),
    waitingStarted: new Gauge({
      name: 'holdfast_restore_waiting_started_timestamp_seconds',
      help: 'Since when the Restore waits for something that somebody has to bring; only while it does.',
      labelNames: [...OF_RESTORE, 'reason'],
      registers,
    }),
    failed: new Gauge({
      name: 'holdfast_restore_failed',
      help: '1 after the Restore failed or was found invalid, by the reason, until it is deleted or starts anew.',
      labelNames: [...OF_RESTORE, 'reason'],
      registers,
    }),
  };
}
