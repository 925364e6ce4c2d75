import { secondsOf } from '../prometheus-duration.js';
import type { RuleValues } from '../values.js';
import { inCluster, ruleGroup, type RuleGroup } from './rule-group.js';

const restore = `Restore {{ $labels.namespace }}/{{ $labels.restore }}${inCluster}`;
const waiting = 'holdfast_restore_waiting_started_timestamp_seconds';

/** Restores that do not get on, or ended badly. One that ended well, or was deleted, has no series. */
export function restoreRules(values: RuleValues): RuleGroup {
  const { stuckAfter, waitingAfter } = values.restore;
  return ruleGroup({
    name: 'holdfast-restore',
    component: 'holdfast',
    feature: 'restore',
    values,
    alerts: [
      {
        name: 'HoldfastRestoreStuck',
        severity: 'warning',
        expr: [
          stuckInPhase(stuckAfter),
          `time() - max by (cluster, namespace, restore, reason) (${waiting}) > ${secondsOf(waitingAfter)}`,
        ].join('\nor\n'),
        summary: 'A restore does not get on',
        description: `${restore} {{ with $labels.reason }}waits for somebody ({{ . }}){{ else }}has been in phase {{ $labels.phase }}{{ end }} for {{ $value | humanizeDuration }}.`,
      },
      {
        name: 'HoldfastRestoreFailed',
        severity: 'warning',
        // Who cancelled it knows.
        expr: 'max by (cluster, namespace, restore, reason) (holdfast_restore_failed{reason!="RestoreCancelled"}) == 1',
        summary: 'A restore failed',
        description: `${restore} failed: {{ $labels.reason }}.`,
      },
    ],
  });
}

function stuckInPhase(stuckAfter: RuleValues['restore']['stuckAfter']): string {
  const since = 'holdfast_restore_phase_started_timestamp_seconds';
  const phases = Object.entries(stuckAfter).map(
    ([phase, limit]) =>
      `time() - max by (cluster, namespace, restore, phase) (${since}{phase="${phase}"}) > ${secondsOf(limit)}`,
  );
  // What it waits for says more than where it waits, and has a limit of its own.
  return `((\n  ${phases.join('\n  or\n  ')}\n)\nunless on (cluster, namespace, restore) ${waiting})`;
}
