import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { RESTORE_CHOICES } from './choices.js';
import { dashboardOf, type DashboardSettings } from './dashboard-frame.js';
import { ageOf, asNumber, BY_RESTORE, OF_RESTORE, oneOf } from './expressions.js';
import { colorSteps, coursePanel, statesPanel, statPanel, type Meaning } from './panels.js';
import { alertsTable, eventsPanel, watchAgeStat, workflowLink } from './shared-panels.js';
import { tablePanel } from './table-panel.js';

/** The phases of `holdfast_restore_phase`, in the order in which a restore passes them; ended badly: the last four. */
const PHASES: readonly Meaning[] = [
  { value: 1, text: 'NotStarted', color: 'text' },
  { value: 2, text: 'Scheduled', color: 'light-blue' },
  { value: 3, text: 'SnapshotRestore', color: 'blue' },
  { value: 4, text: 'WaitingForCompaction', color: 'yellow' },
  { value: 5, text: 'LogRestore', color: 'light-purple' },
  { value: 6, text: 'Running', color: 'purple' },
  { value: 7, text: 'PruneScheduled', color: 'light-orange' },
  { value: 8, text: 'PruneRunning', color: 'orange' },
  { value: 9, text: 'Other', color: 'semi-dark-yellow' },
  { value: 10, text: 'Failed', color: 'red' },
  { value: 11, text: 'Invalid', color: 'dark-red' },
  { value: 12, text: 'PruneComplete', color: 'light-red' },
  { value: 13, text: 'PruneFailed', color: 'semi-dark-red' },
];
const ENDED = 'Failed|Invalid|PruneComplete|PruneFailed';

const PHASE = 'holdfast_restore_phase';
const SINCE = 'holdfast_restore_phase_started_timestamp_seconds';
const WAITING = `holdfast_restore_waiting_started_timestamp_seconds{${OF_RESTORE}}`;
const FAILED = `holdfast_restore_failed{${OF_RESTORE}}`;
const GOING_ON = `${OF_RESTORE}, phase!~"${ENDED}"`;
const EVENTS = '.+';
const ALERTS = 'feature=~"restore|watch"';
const LABELS = { cluster: 'Cluster', namespace: 'Namespace', restore: 'Restore' };

/** Restores that are going on, that wait for somebody, and that ended badly. One that ended well has no series. */
export function replicationRestores(settings: DashboardSettings): Dashboard {
  return dashboardOf(
    {
      uid: 'holdfast-replication-restores',
      title: 'Replication Restores',
      description:
        'Restores that are going on, that wait for somebody, and that ended badly. One that ended well is gone from here.',
      tags: ['tidb', 'restore'],
      choices: RESTORE_CHOICES,
      alerts: ALERTS,
      rows: [
        {
          panels: [
            ...summary(settings),
            phasesNow(),
            alertsTable({ width: 8, height: 9 }, ALERTS),
            waiting(),
            failed(),
          ],
        },
        {
          title: 'What happened',
          panels: [
            phases(),
            timeInPhase(),
            eventsPanel(
              { width: 12, height: 8 },
              { title: 'Restore events', object: 'restore', reasons: EVENTS },
            ),
          ],
        },
      ],
    },
    settings,
  );
}

function summary({ limits }: DashboardSettings) {
  const place = { width: 6, height: 4 };
  const count = { ...place, unit: 'short', decimals: 0, noValue: 'none' };
  return [
    statPanel({
      ...count,
      title: 'Going on',
      description: 'Restores that have begun, or will, and have not ended.',
      queries: [
        { expression: `count(${oneOf(BY_RESTORE, `${PHASE}{${GOING_ON}}`)} == 1)`, legend: 'going on' },
      ],
    }),
    statPanel({
      ...count,
      title: 'Waiting for somebody',
      description: 'Restores that cannot go on until a person brings what is missing.',
      colors: colorSteps([1, 'orange']),
      queries: [{ expression: `count(${oneOf(BY_RESTORE, WAITING)})`, legend: 'waiting' }],
    }),
    statPanel({
      ...count,
      title: 'Failed',
      description: 'Restores that ended badly, until they are deleted.',
      colors: colorSteps([1, 'red']),
      queries: [{ expression: `count(${oneOf(BY_RESTORE, FAILED)})`, legend: 'failed' }],
    }),
    watchAgeStat(place, limits.watch),
  ];
}

function phasesNow() {
  const by = `${BY_RESTORE}, phase`;
  return tablePanel({
    title: 'Restores that are going on',
    description: 'The phase of each restore, and for how long it has been in it.',
    width: 16,
    height: 9,
    labels: { ...LABELS, phase: 'Phase' },
    columns: [
      { name: 'In this phase for', expression: ageOf(by, `${SINCE}{${GOING_ON}}`), unit: 'dtdurations' },
    ],
    links: [workflowLink('Restore', 'Restore')],
    noValue: 'no restore is going on',
  });
}

function waiting() {
  return tablePanel({
    title: 'What they wait for',
    description:
      'The reason of the condition Waiting: what somebody must bring, and since when it is missing.',
    width: 12,
    height: 7,
    labels: { ...LABELS, reason: 'Reason' },
    columns: [
      { name: 'Waiting for', expression: ageOf(`${BY_RESTORE}, reason`, WAITING), unit: 'dtdurations' },
    ],
    links: [workflowLink('Restore', 'Restore')],
    noValue: 'no restore waits for anybody',
  });
}

function failed() {
  return tablePanel({
    title: 'Failed restores',
    description: 'The reason with which each ended, and since when. They stay until the Restore is deleted.',
    width: 12,
    height: 7,
    labels: { ...LABELS, reason: 'Reason' },
    columns: [
      {
        name: 'Since',
        expression: `(${ageOf(BY_RESTORE, `${SINCE}{${OF_RESTORE}}`)}) * on (${BY_RESTORE}) group_right () ${oneOf(`${BY_RESTORE}, reason`, FAILED)}`,
        unit: 'dtdurations',
      },
    ],
    links: [workflowLink('Restore', 'Restore')],
    noValue: 'no restore failed',
  });
}

function phases() {
  return statesPanel({
    title: 'Phases',
    description: 'The course of each restore.',
    width: 24,
    height: 8,
    meanings: PHASES,
    queries: [
      {
        expression: asNumber({
          by: BY_RESTORE,
          metric: PHASE,
          selector: OF_RESTORE,
          label: 'phase',
          meanings: PHASES,
        }),
        legend: '{{namespace}}/{{restore}}',
      },
    ],
  });
}

function timeInPhase() {
  return coursePanel({
    title: 'Time in phase',
    description:
      'How long each restore that is going on has been in its phase. It falls to zero with every step.',
    width: 12,
    height: 8,
    unit: 's',
    queries: [
      {
        expression: ageOf(BY_RESTORE, `${SINCE}{${GOING_ON}}`),
        legend: '{{namespace}}/{{restore}}',
      },
    ],
  });
}
