import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

/**
 * What the panels and marks of a dashboard ask Prometheus, each once, in their order. What Grafana would fill in is filled
 * in: every choice is "all", every window five minutes.
 */
export function expressionsOf(dashboard: Dashboard): string[] {
  const targets = (dashboard.panels ?? []).flatMap((panel) =>
    'targets' in panel ? (panel.targets ?? []) : [],
  );
  const marks = (dashboard.annotations.list ?? []).flatMap(({ target }) =>
    target === undefined ? [] : [target],
  );
  return [...new Set([...targets, ...marks].flatMap(askedBy).map(filledIn))];
}

/** The queries behind the lists of choices, with what they depend on filled in. */
export function variableQueriesOf(dashboard: Dashboard): string[] {
  const variables = dashboard.templating.list ?? [];
  return variables.flatMap(({ definition }) => (definition === undefined ? [] : [filledIn(definition)]));
}

function askedBy(target: Dataquery): string[] {
  return 'expr' in target && typeof target.expr === 'string' ? [target.expr] : [];
}

function filledIn(expression: string): string {
  return expression
    .replaceAll(/\$__(?:rate_interval|range|interval)\b/g, '5m')
    .replaceAll(/\$(?!__)\w+/g, '.*');
}
