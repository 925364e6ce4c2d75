import type { RuleValues } from '../values.js';
import { inCluster, ruleGroup, type RuleGroup } from './rule-group.js';

const failing = '429|5..|<error>';

/** Calls to the API server. Holdfast repeats what fails for a while: this is for what does not pass. */
export function apiRules(values: RuleValues): RuleGroup {
  const { troubleShare, troubleFromRequests, troubleFor } = values.api;
  const requests = (matcher: string) =>
    `sum by (cluster, instance) (increase(holdfast_api_attempts_total${matcher}[10m]))`;
  return ruleGroup({
    name: 'holdfast-api',
    component: 'holdfast',
    feature: 'api',
    values,
    alerts: [
      {
        name: 'HoldfastApiServerTrouble',
        severity: 'warning',
        // The worst worker: the trouble of one would drown in the requests of all.
        expr: `max by (cluster) (${requests(`{code=~"${failing}"}`)} / (${requests('')} >= ${troubleFromRequests})) > ${troubleShare}`,
        for: troubleFor,
        summary: 'The API server does not answer as it should',
        description: `{{ $value | humanizePercentage }} of a worker's requests to the API server${inCluster} failed in the last ten minutes.`,
      },
    ],
  });
}
