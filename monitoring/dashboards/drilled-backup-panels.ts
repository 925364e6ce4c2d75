import type { RuleValues } from '../values.js';
import { BY_PLAN, oneOf, drillGauge } from './expressions.js';
import { coursePanel, statPanel } from './panels.js';

/** What the drills learned of the backups themselves. */
export function drilledBackupPanels(limits: RuleValues['drill']) {
  return [sizes(), sizeShare(limits), backupDuration()];
}

function sizes() {
  return coursePanel({
    title: 'Size of the backup',
    description:
      'The newest drilled backup, the median of those that passed before, and what the newest drill downloaded.',
    width: 12,
    height: 8,
    unit: 'bytes',
    queries: [
      { expression: oneOf(BY_PLAN, drillGauge('backup_size_bytes')), legend: '{{plan}}' },
      { expression: oneOf(BY_PLAN, drillGauge('backup_size_median_bytes')), legend: '{{plan}}: median' },
      { expression: oneOf(BY_PLAN, drillGauge('downloaded_bytes')), legend: '{{plan}}: downloaded' },
    ],
  });
}

function sizeShare({ sizeDroppedBelow }: RuleValues['drill']) {
  const size = oneOf(BY_PLAN, drillGauge('backup_size_bytes'));
  const median = oneOf(BY_PLAN, drillGauge('backup_size_median_bytes'));
  return statPanel({
    title: 'Size against the median',
    description: 'A backup that is much smaller than those before it may lack something.',
    width: 6,
    height: 8,
    unit: 'percentunit',
    decimals: 0,
    noValue: 'no median yet',
    colors: [
      { from: null, color: 'red' },
      { from: sizeDroppedBelow, color: 'orange' },
      { from: 0.8, color: 'green' },
    ],
    queries: [{ expression: `${size} / (${median} > 0)`, legend: '{{plan}}' }],
  });
}

function backupDuration() {
  return coursePanel({
    title: 'Duration of the backup',
    description: 'How long the backup itself took to be made, as it says of itself.',
    width: 6,
    height: 8,
    unit: 's',
    queries: [{ expression: oneOf(BY_PLAN, drillGauge('backup_duration_seconds')), legend: '{{plan}}' }],
  });
}
