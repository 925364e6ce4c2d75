import type { RuleValues } from '../values.js';

/** A group of a Prometheus rule file. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly AlertingRule[];
}

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<'severity' | 'component' | 'feature', string>>;
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

/** One rule as it is written down. */
export interface Alert {
  readonly name: string;
  readonly severity: 'critical' | 'warning' | 'info';
  /**
   * Aggregated over instances (`max by (cluster, …)`): the series of the worker before and after a failover are one
   * alert.
   */
  readonly expr: string;
  /** Prometheus' duration; without it the alert fires at once. It begins anew when the series is away for a moment. */
  readonly for?: string;
  /** A clause without values, for the title of a notification. */
  readonly summary: string;
  /** With values, for people. */
  readonly description: string;
  /** It ends with its cause. All others outlive it by `keepFiringFor`, and with it a failover. */
  readonly endsAtOnce?: true;
}

/** The alerts of one feature, as Prometheus' rules. */
export function ruleGroup({
  name,
  component,
  feature,
  values: { keepFiringFor, runbookBaseUrl },
  alerts,
}: {
  name: string;
  component: string;
  feature: string;
  values: RuleValues;
  alerts: readonly Alert[];
}): RuleGroup {
  const rules = alerts.map((alert) => ({
    alert: alert.name,
    expr: alert.expr,
    ...(alert.for === undefined ? {} : { for: alert.for }),
    ...(alert.endsAtOnce ? {} : { keep_firing_for: keepFiringFor }),
    labels: { severity: alert.severity, component, feature },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      runbook_url: `${runbookBaseUrl.replace(/\/$/, '')}/${alert.name}.md`,
    },
  }));
  return { name, rules };
}

/** For the end of a name in a description; nothing where the series carry no cluster. */
export const inCluster = '{{ with $labels.cluster }} in cluster {{ . }}{{ end }}';
