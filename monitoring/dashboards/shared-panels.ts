import { secondsOf } from '../prometheus-duration.js';
import type { RuleValues } from '../values.js';
import { ageOf, OF_CLUSTER } from './expressions.js';
import { colorSteps, coursePanel, statPanel, type PanelFrame } from './panels.js';
import { tablePanel } from './table-panel.js';

type Place = Pick<PanelFrame, 'width' | 'height'>;

/** Firing alerts by component and feature, each with a link to what to do. */
export function alertsTable(place: Place, matchers: string) {
  return tablePanel({
    ...place,
    title: 'Firing alerts',
    description: 'What Prometheus pages for now. A row links to its runbook.',
    labels: { alertname: 'Alert', severity: 'Severity', cluster: 'Cluster' },
    columns: [
      {
        name: 'Firing',
        expression: `count by (alertname, severity, cluster) (ALERTS{alertstate="firing", ${matchers}})`,
        unit: 'short',
      },
    ],
    links: [{ title: 'Runbook', url: '${runbooks}/${__data.fields["Alert"]}.md' }],
    noValue: 'no alert fires',
  });
}

/** How often something was told about objects of this kind, by reason. */
export function eventsPanel(place: Place, options: { object: string; reasons: string; title: string }) {
  return coursePanel({
    ...place,
    title: options.title,
    description:
      'Kubernetes Events that the workers wrote, by reason. They are counted by kind of object, not by name: the choice above does not narrow them.',
    unit: 'short',
    bars: true,
    queries: [
      {
        expression: `sum by (reason) (increase(holdfast_kubernetes_events_total{object="${options.object}", reason=~"${options.reasons}"}[$__rate_interval]))`,
        legend: '{{reason}}',
      },
    ],
  });
}

/** Seconds since the watch last heard from the API server; without a watch nothing else here moves. */
export function watchAgeStat(place: Place, { staleAfter }: RuleValues['watch']) {
  const staleSeconds = secondsOf(staleAfter);
  return statPanel({
    ...place,
    title: 'Watch last heard',
    description:
      'Age of the last sign of life of the watch, the oldest of its kinds of objects. When it grows, every other number here stands still.',
    unit: 's',
    decimals: 0,
    noValue: 'no worker watches',
    colors: colorSteps([staleSeconds / 2, 'orange'], [staleSeconds, 'red']),
    queries: [
      {
        expression: `max by (cluster) (${ageOf('cluster, resource', `holdfast_watch_last_event_timestamp_seconds{${OF_CLUSTER}}`)})`,
        legend: '{{cluster}}',
      },
    ],
  });
}

/** The workflows of what stands in a row, in Temporal's Web UI. `kind` as the search attribute has it: `Backup`. */
export function workflowLink(kind: string, field: string) {
  const query = `HoldfastNamespace%3D%22\${__data.fields["Namespace"]}%22%20AND%20HoldfastResource%3D%22${kind}%2F\${__data.fields["${field}"]}%22`;
  return {
    title: 'Its workflow in Temporal',
    url: `\${temporal_ui}/namespaces/\${temporal_namespace}/workflows?query=${query}`,
  };
}
