import { secondsOf } from '../prometheus-duration.js';
import type { RuleValues } from '../values.js';
import { absentIn } from './absent-in.js';
import { inCluster, ruleGroup, type RuleGroup } from './rule-group.js';

/** The watch of a cluster: nothing is noticed, retried or reported without it. */
export function watchRules(values: RuleValues): RuleGroup {
  const { absentFor, staleAfter, restartWindow, restarts } = values.watch;
  const staleSeconds = secondsOf(staleAfter);
  const lastEvent = 'holdfast_watch_last_event_timestamp_seconds';
  const started = 'holdfast_watch_started_timestamp_seconds';
  return ruleGroup({
    name: 'holdfast-watch',
    component: 'holdfast',
    feature: 'watch',
    values,
    alerts: [
      {
        name: 'HoldfastMetricsAbsent',
        severity: 'critical',
        expr: absentIn(values.clusters, started),
        for: absentFor,
        // It keeps other alerts from being told: no longer than it must.
        endsAtOnce: true,
        summary: 'No worker holds the watch',
        description: `No worker${inCluster} says that it holds the watch: failed backups and restores go unnoticed.`,
      },
      {
        name: 'HoldfastWatchStale',
        severity: 'critical',
        // The second half: it began and never heard anything.
        expr: [
          `time() - max by (cluster, resource) (${lastEvent}) > ${staleSeconds}`,
          `(time() - max by (cluster) (${started}) > ${staleSeconds}) unless on (cluster) ${lastEvent}`,
        ].join('\nor\n'),
        summary: 'The watch hears nothing',
        description: `The watch{{ with $labels.resource }} of {{ . }}{{ end }}${inCluster} has heard nothing from the API server for {{ $value | humanizeDuration }}.`,
      },
      {
        name: 'HoldfastWatchRestarting',
        severity: 'warning',
        // The time of the start changes with every start; a counter of a worker that dies at once is always born at 1.
        expr: `changes((max by (cluster) (${started}))[${restartWindow}:15s]) > ${restarts}`,
        summary: 'The watch restarts again and again',
        description: `The watch${inCluster} was begun anew {{ $value }} times within ${restartWindow}.`,
      },
    ],
  });
}
