import { stringify } from 'yaml';
import { apiRules } from './rules/api.js';
import { drillRules } from './rules/drill.js';
import { logBackupRetryRules } from './rules/log-backup-retry.js';
import { restoreRules } from './rules/restore.js';
import type { RuleGroup } from './rules/rule-group.js';
import { tidbLogBackupRules } from './rules/tidb-log-backup.js';
import { watchRules } from './rules/watch.js';
import { watchdogRules } from './rules/watchdog.js';
import type { RuleValues } from './values.js';

const groups = [
  logBackupRetryRules,
  watchRules,
  restoreRules,
  drillRules,
  apiRules,
  watchdogRules,
  tidbLogBackupRules,
];

export function ruleGroups(values: RuleValues): RuleGroup[] {
  return groups.map((group) => group(values));
}

/** A rule file for Prometheus 2.42 or newer, as YAML. */
export function buildRules(values: RuleValues): string {
  return ruleFile(ruleGroups(values));
}

export function ruleFile(groups: readonly RuleGroup[]): string {
  return stringify({ groups }, { lineWidth: 0 });
}
