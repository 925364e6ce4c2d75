import { secondsOf } from '../prometheus-duration.js';
import type { RuleValues } from '../values.js';
import { absentIn } from './absent-in.js';
import { inCluster, ruleGroup, type Alert, type RuleGroup } from './rule-group.js';

const plan = `plan {{ $labels.plan }}${inCluster}`;
const observed = 'holdfast_drill_observed_timestamp_seconds';
/** Of all instances that show it, the newest or worst. */
const ofPlan = (series: string) => `max by (cluster, plan) (${series})`;

/** Restore drills: what they found, and whether they run at all. The series of a plan vanish with the plan. */
export function drillRules(values: RuleValues): RuleGroup {
  return ruleGroup({
    name: 'holdfast-drill',
    component: 'holdfast',
    feature: 'drill',
    values,
    alerts: [...verdicts(values.drill), verification(values.drill), ...targets(), ...schedules(values)],
  });
}

function verdicts({ sizeDroppedBelow }: RuleValues['drill']): Alert[] {
  const size = ofPlan('holdfast_drill_backup_size_bytes');
  const median = ofPlan('holdfast_drill_backup_size_median_bytes');
  return [
    {
      name: 'HoldfastDrillFailed',
      severity: 'critical',
      expr: `${ofPlan('holdfast_drill_last_verdict{verdict="fail"}')} == 1`,
      summary: 'A restore drill failed',
      description: `The newest drill of ${plan} failed: this backup cannot be restored as it should.`,
    },
    {
      name: 'HoldfastDrillInconclusive',
      severity: 'warning',
      expr: `${ofPlan('holdfast_drill_last_verdict{verdict="inconclusive"}')} == 1`,
      summary: 'A restore drill came to no verdict',
      description: `The newest drill of ${plan} came to no verdict: something other than the backup was in its way.`,
    },
    {
      name: 'HoldfastBackupMetadataMissing',
      severity: 'critical',
      expr: `${ofPlan('holdfast_drill_backup_metadata_missing')} == 1`,
      summary: 'The metadata of a backup is missing',
      description: `The newest backup that ${plan} drilled lacks the files that describe it.`,
    },
    {
      name: 'HoldfastBackupSizeDropped',
      severity: 'warning',
      expr: `${size} / (${median} > 0) < ${sizeDroppedBelow}`,
      summary: 'A backup is much smaller than those before',
      description: `The newest backup that ${plan} drilled has {{ $value | humanizePercentage }} of the usual size.`,
    },
    {
      name: 'HoldfastLedgerBroken',
      severity: 'critical',
      expr: `${ofPlan('holdfast_drill_ledger_problems')} > 0`,
      summary: 'The ledger of drills is broken',
      description: `The ledger of ${plan} has {{ $value }} broken links: entries were changed, or lost.`,
    },
  ];
}

function verification({ verifiedWithin, verifiedWithinOfPlan }: RuleValues['drill']): Alert {
  const own = Object.entries(verifiedWithinOfPlan);
  // Names of plans hold no more than letters, digits, "-", "_" and "."; only the last means something else.
  const names = own.map(([name]) => name.replaceAll('.', '[.]')).join('|');
  const limits: [string, string][] = [
    [own.length === 0 ? '' : `{plan!~"${names}"}`, verifiedWithin],
    ...own.map(([name, limit]): [string, string] => [`{plan="${name}"}`, limit]),
  ];
  const age = (metric: string, limit: string) => `time() - ${ofPlan(metric)} > ${secondsOf(limit)}`;
  const verified = 'holdfast_drill_last_verified_timestamp_seconds';
  const created = 'holdfast_drill_plan_created_timestamp_seconds';
  return {
    name: 'HoldfastBackupNotVerified',
    severity: 'critical',
    // A plan without a drill that passed counts from its own beginning.
    expr: limits
      .flatMap(([matcher, limit]) => [
        age(`${verified}${matcher}`, limit),
        `((${age(`${created}${matcher}`, limit)}) unless on (cluster, plan) ${verified})`,
      ])
      .join('\nor\n'),
    summary: 'No backup was verified within the target',
    description: `No drill of ${plan} has passed for {{ $value | humanizeDuration }}.`,
  };
}

function targets(): Alert[] {
  const above = (kind: string) =>
    `${ofPlan(`holdfast_drill_${kind}_seconds`)} > ${ofPlan(`holdfast_drill_${kind}_target_seconds`)}`;
  return [
    {
      name: 'HoldfastRecoveryPointAboveTarget',
      severity: 'warning',
      expr: above('rpo'),
      summary: 'Recovery would lose more than the target allows',
      description: `Recovery by the newest backup of ${plan} would lose {{ $value | humanizeDuration }} of changes, more than its target.`,
    },
    {
      name: 'HoldfastRecoveryTimeAboveTarget',
      severity: 'warning',
      expr: above('rto'),
      summary: 'Recovery takes longer than the target allows',
      description: `The newest drill of ${plan} took {{ $value | humanizeDuration }} to a database that answers, more than its target.`,
    },
  ];
}

function schedules({ clusters, drill }: RuleValues): Alert[] {
  const { missedWindow, missedGrace, pausedFor, observerAbsentFor, expected } = drill;
  const missed = 'holdfast_schedule_missed_total';
  const paused = 'holdfast_schedule_paused';
  // Over all instances: the number is Temporal's own, a new observer goes on with it.
  const moved = `${ofPlan(missed)} - min by (cluster, plan) (min_over_time(${missed}[${missedWindow}])) > 0`;
  // Against the last look, not the clock: an observer that does not look is another alert.
  const overdue = `${ofPlan(observed)} - ${ofPlan('holdfast_schedule_next_timestamp_seconds')} > ${secondsOf(missedGrace)}`;
  const unseen = `time() - ${ofPlan(observed)} > ${secondsOf(observerAbsentFor)}`;
  return [
    {
      name: 'HoldfastDrillScheduleMissed',
      severity: 'warning',
      expr: `(${moved}\nor\n${overdue})\nunless on (cluster, plan) ${paused} == 1`,
      summary: 'A drill did not run when it was due',
      description: `A run of ${plan} was due and did not begin.`,
    },
    {
      name: 'HoldfastDrillSchedulePaused',
      severity: 'warning',
      // A failover of the observer must not begin the time anew.
      expr: `max by (cluster, plan) (max_over_time(${paused}[10m])) == 1`,
      for: pausedFor,
      summary: 'A drill schedule is paused for long',
      description: `The schedule of ${plan} has been paused for more than ${pausedFor}.`,
    },
    {
      name: 'HoldfastDrillObserverAbsent',
      severity: 'warning',
      expr: [unseen, ...(expected ? [absentIn(clusters, observed)] : [])].join('\nor\n'),
      for: '5m',
      // It keeps other alerts from being told: no longer than it must.
      endsAtOnce: true,
      summary: 'Nobody watches over the drills',
      description: `{{ if $labels.plan }}Schedule and ledger of ${plan} were last read {{ $value | humanizeDuration }} ago{{ else }}No worker${inCluster} shows a drill plan{{ end }}: verdicts and missed runs go unnoticed.`,
    },
  ];
}
