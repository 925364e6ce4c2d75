import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { secondsOf } from '../prometheus-duration.js';
import type { RuleValues } from '../values.js';
import { PLAN_CHOICES } from './choices.js';
import { dashboardOf, type DashboardSettings } from './dashboard-frame.js';
import { drilledBackupPanels } from './drilled-backup-panels.js';
import { drillSchedulePanels, drillObserverPanels } from './drill-schedule-panels.js';
import { ageOf, asNumber, BY_PLAN, OF_PLAN, oneOf, drillGauge } from './expressions.js';
import { barsPanel, colorSteps, coursePanel, statesPanel, statPanel, type Meaning } from './panels.js';
import { alertsTable } from './shared-panels.js';
import { tablePanel, type Column } from './table-panel.js';

const VERDICTS: readonly Meaning[] = [
  { value: 1, text: 'pass', color: 'green' },
  { value: 2, text: 'inconclusive', color: 'orange' },
  { value: 3, text: 'fail', color: 'red' },
];
const ALERTS = 'component="holdfast", feature="drill"';
const verdictIs = (verdict: string) => `holdfast_drill_last_verdict{${OF_PLAN}, verdict="${verdict}"}`;
const VERIFIED = drillGauge('last_verified_timestamp_seconds');
const VERDICT_NOW = asNumber({
  by: BY_PLAN,
  metric: 'holdfast_drill_last_verdict',
  selector: OF_PLAN,
  label: 'verdict',
  meanings: VERDICTS,
});
const PLAN = '{{plan}}';

/** Whether the backups can be restored: proven when, how fast, and what the proofs found. */
export function restoreDrills(settings: DashboardSettings): Dashboard {
  return dashboardOf(
    {
      uid: 'holdfast-restore-drills',
      title: 'Restore Drills',
      description:
        'Whether the backups can be restored: when that was proven, how long it takes, and what was found.',
      tags: ['drill', 'restore'],
      choices: PLAN_CHOICES,
      alerts: ALERTS,
      from: 'now-30d',
      rows: [
        {
          panels: [
            ...verdictCounts(settings.limits.drill),
            plans(),
            alertsTable({ width: 8, height: 6 }, ALERTS),
            verdicts(),
          ],
        },
        { title: 'Against the targets', panels: [againstTarget('rto'), againstTarget('rpo')] },
        { title: 'Where the time goes', panels: [rungs(), rungCourse()] },
        { title: 'The backups', panels: drilledBackupPanels(settings.limits.drill) },
        { title: 'Schedules', panels: drillSchedulePanels() },
        { title: 'The observer and the ledger', panels: drillObserverPanels() },
      ],
    },
    settings,
  );
}

function verdictCounts({ verifiedWithin }: RuleValues['drill']) {
  const verifiedSeconds = secondsOf(verifiedWithin);
  const count = { width: 4, height: 4, unit: 'short', decimals: 0, noValue: 'none' };
  const created = oneOf(BY_PLAN, drillGauge('plan_created_timestamp_seconds'));
  const ended = ({ value, text, color }: Meaning) =>
    statPanel({
      ...count,
      title: `Newest drill: ${text}`,
      description: `Plans whose newest drill ended with the verdict ${text}.`,
      colors: value === 1 ? colorSteps() : colorSteps([1, color]),
      queries: [{ expression: `count(${oneOf(BY_PLAN, verdictIs(text))} == 1)`, legend: text }],
    });
  return [
    statPanel({
      ...count,
      title: 'Plans',
      description: 'Drill plans that have a Schedule.',
      noValue: 'no drill observer',
      queries: [{ expression: `count(${created})`, legend: 'plans' }],
    }),
    ...VERDICTS.map(ended),
    statPanel({
      ...count,
      title: 'Never verified',
      description: 'Plans of which no drill has passed yet.',
      colors: colorSteps([1, 'orange']),
      queries: [{ expression: `count(${created} unless ${oneOf(BY_PLAN, VERIFIED)})`, legend: 'never' }],
    }),
    statPanel({
      ...count,
      title: 'Longest unverified',
      description: 'Age of the proof that is oldest, of all plans that have one.',
      unit: 's',
      noValue: 'nothing verified',
      colors: colorSteps([verifiedSeconds / 2, 'orange'], [verifiedSeconds, 'red']),
      queries: [{ expression: `max(${ageOf(BY_PLAN, VERIFIED)})`, legend: 'oldest' }],
    }),
  ];
}

function plans() {
  const column = (name: string, metric: string): Column => ({
    name,
    expression: oneOf(BY_PLAN, drillGauge(metric)),
    unit: 's',
  });
  return tablePanel({
    title: 'Plans',
    description:
      'How old the plan is, the verdict of its newest drill, the age of the newest proof, and the recovery time and point that the newest drill measured, beside the targets of the plan.',
    width: 24,
    height: 9,
    labels: { cluster: 'Cluster', plan: 'Plan' },
    columns: [
      {
        name: 'Planned',
        expression: ageOf(BY_PLAN, drillGauge('plan_created_timestamp_seconds')),
        unit: 'dtdurations',
      },
      { name: 'Verdict', expression: VERDICT_NOW, unit: 'short', meanings: VERDICTS },
      { name: 'Verified', expression: ageOf(BY_PLAN, VERIFIED), unit: 'dtdurations' },
      {
        name: 'Last drill',
        expression: ageOf(BY_PLAN, drillGauge('last_finished_timestamp_seconds')),
        unit: 'dtdurations',
      },
      column('RTO', 'rto_seconds'),
      column('RTO target', 'rto_target_seconds'),
      column('RPO', 'rpo_seconds'),
      column('RPO target', 'rpo_target_seconds'),
      {
        name: 'Metadata missing',
        expression: oneOf(BY_PLAN, drillGauge('backup_metadata_missing')),
        unit: 'short',
        meanings: [
          { value: 0, text: 'no', color: 'text' },
          { value: 1, text: 'missing', color: 'red' },
        ],
      },
    ],
    links: [
      {
        title: 'Its drills in Temporal',
        url: '${temporal_ui}/namespaces/${temporal_namespace}/workflows?query=HoldfastPlan%3D%22${__data.fields["Plan"]}%22',
      },
    ],
    sortBy: 'Verdict',
    noValue: 'no drill plan',
  });
}

function verdicts() {
  return statesPanel({
    title: 'Verdicts',
    description: 'The verdict of the newest drill of each plan, in the course of time.',
    width: 16,
    height: 6,
    meanings: VERDICTS,
    queries: [{ expression: VERDICT_NOW, legend: PLAN }],
  });
}

function againstTarget(kind: 'rto' | 'rpo') {
  const recovery = kind === 'rto' ? 'Recovery time' : 'Recovery point';
  const meaning =
    kind === 'rto'
      ? 'the time of those rungs of the newest drill that a restore needs, too'
      : 'what a crash would have lost when the newest drill began';
  return coursePanel({
    title: `${recovery} (${kind.toUpperCase()}) and its target`,
    description: `${recovery}: ${meaning}. Above the target of the plan, an alert fires.`,
    width: 12,
    height: 8,
    unit: 's',
    queries: [
      { expression: oneOf(BY_PLAN, drillGauge(`${kind}_seconds`)), legend: PLAN },
      { expression: oneOf(BY_PLAN, drillGauge(`${kind}_target_seconds`)), legend: `${PLAN}: target` },
    ],
  });
}

function rungs() {
  return barsPanel({
    title: 'Seconds per rung',
    description: 'How long each rung of the newest drill took.',
    width: 12,
    height: 9,
    unit: 's',
    noValue: 'no drill yet',
    queries: [
      {
        expression: `sort_desc(${oneOf(`${BY_PLAN}, rung`, drillGauge('rung_seconds'))})`,
        legend: '{{plan}}: {{rung}}',
      },
    ],
  });
}

function rungCourse() {
  return coursePanel({
    title: 'Rungs over time',
    description: 'The same for every drill in the time range. A rung that grows alone says where to look.',
    width: 12,
    height: 9,
    unit: 's',
    queries: [
      { expression: oneOf(`${BY_PLAN}, rung`, drillGauge('rung_seconds')), legend: '{{plan}}: {{rung}}' },
    ],
  });
}
