import { secondsOf } from '../prometheus-duration.js';
import type { AlertmanagerValues } from '../values.js';
import type { ReceiverName } from './receivers.js';

interface Route {
  readonly receiver: ReceiverName;
  readonly matchers: readonly string[];
  /** The alert goes on to the routes that follow. */
  readonly continue?: true;
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
}

/** Whom each alert reaches: everybody who is called, then the one channel of its feature. */
export function routes(values: AlertmanagerValues): object {
  return {
    receiver: 'holdfast' satisfies ReceiverName,
    // Two Backups are two notifications, all series of one are one. An alert has only some of these labels.
    group_by: ['alertname', 'cluster', 'namespace', 'backup', 'restore', 'plan', 'tidb_cluster', 'task'],
    group_wait: values.groupWait,
    group_interval: values.groupInterval,
    repeat_interval: values.repeatInterval,
    routes: [
      watchdogRoute(values),
      ...(values.pagerDuty === null ? [] : [alsoTo('on-call', ['severity="critical"'])]),
      ...(values.webhook === null ? [] : [alsoTo('automation', ['alertname!=""'])]),
      { receiver: 'log-backup', matchers: ['component="tidb-operator"', 'feature="log-backup-retry"'] },
      { receiver: 'log-backup', matchers: ['component="tidb"', 'feature="log-backup"'] },
      { receiver: 'verification', matchers: ['component="holdfast"', 'feature=~"restore|drill"'] },
      // The receiver of the root is not asked where any route matched, also one that lets the alert go on.
      { receiver: 'holdfast', matchers: [] },
    ] satisfies Route[],
  };
}

function watchdogRoute({ deadMan }: AlertmanagerValues): Route {
  const matchers = ['alertname="HoldfastWatchdog"'];
  if (deadMan === null) return { receiver: 'nobody', matchers };
  return {
    receiver: 'dead-man',
    matchers,
    group_wait: '0s',
    // A notification is repeated when its group is looked at, and then only if it is older than the interval.
    group_interval: `${Math.max(1, Math.floor(secondsOf(deadMan.repeatInterval) / 5))}s`,
    repeat_interval: deadMan.repeatInterval,
  };
}

function alsoTo(receiver: ReceiverName, matchers: readonly string[]): Route {
  return { receiver, matchers, continue: true };
}

/** An alert is not sent while one that says more about the same thing fires. */
export const inhibitRules: readonly object[] = [
  {
    // It is over for this Backup: how it came to that is no news.
    source_matchers: ['feature="log-backup-retry"', 'severity="critical"'],
    target_matchers: ['feature="log-backup-retry"', 'severity="warning"'],
    equal: ['cluster', 'namespace', 'backup'],
  },
  {
    // A drill fails because of the missing metadata.
    source_matchers: ['alertname="HoldfastBackupMetadataMissing"'],
    target_matchers: ['alertname="HoldfastDrillFailed"'],
    equal: ['cluster', 'plan'],
  },
  {
    // Who watches nothing cannot tell that a Backup or a Restore is mended: nobody hears that these alerts ended.
    source_matchers: ['alertname="HoldfastMetricsAbsent"'],
    target_matchers: ['feature=~"log-backup-retry|restore"'],
    equal: ['cluster'],
  },
  {
    // Workers that are not there have no watch and read no ledger.
    source_matchers: ['alertname="HoldfastMetricsAbsent"'],
    target_matchers: ['alertname=~"HoldfastWatchStale|HoldfastWatchRestarting|HoldfastDrillObserverAbsent"'],
    equal: ['cluster'],
  },
  {
    // The same for drills, where no plan is seen at all.
    source_matchers: ['alertname="HoldfastDrillObserverAbsent"', 'plan=""'],
    target_matchers: ['feature="drill"', 'alertname!="HoldfastDrillObserverAbsent"'],
    equal: ['cluster'],
  },
  {
    source_matchers: ['alertname="TiDBLogBackupError"'],
    target_matchers: ['alertname=~"TiDBLogBackupLagging|TiDBLogBackupPaused"'],
    equal: ['cluster', 'tidb_cluster', 'task'],
  },
];
