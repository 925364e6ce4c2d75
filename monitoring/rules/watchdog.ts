import type { RuleValues } from '../values.js';
import { ruleGroup, type RuleGroup } from './rule-group.js';

/** Fires for ever: whoever receives it (a dead-man's switch) raises the alarm when it stops. */
export function watchdogRules(values: RuleValues): RuleGroup {
  return ruleGroup({
    name: 'holdfast-monitoring',
    component: 'holdfast',
    feature: 'monitoring',
    values,
    alerts: [
      {
        name: 'HoldfastWatchdog',
        severity: 'info',
        expr: 'vector(1)',
        endsAtOnce: true,
        summary: 'Alerts work',
        description: 'Fires always. When it stops, Prometheus or Alertmanager does not work.',
      },
    ],
  });
}
