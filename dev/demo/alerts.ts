import { setTimeout as delay } from 'node:timers/promises';
import type { ReceivedWebhook } from '../monitoring/alert-receiver.js';
import { RECEIVER_PATHS } from '../monitoring/local-monitoring.js';
import type { Monitoring } from '../monitoring/start-monitoring.js';
import { expectEqual, type Expectation } from './expectations.js';
import { showHeading, type Screen } from './screen.js';

/** Longest way of an alert: a drill host looks every 15 s, Prometheus every 5 s, and a group waits. */
const NOTIFIED_DEADLINE_MS = 60_000;
const ASK_AGAIN_MS = 200;
/** Said by the alert's name already, or the same for all. */
const QUIET_LABELS: readonly string[] = ['alertname', 'severity', 'component', 'feature', 'cluster'];

/** One alert, as whoever takes all notifications heard of it last. */
interface ToldAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly status: 'firing' | 'resolved';
}

/** Waits until people were told of the wanted alerts, and shows all that fired. */
export async function showAlerts(
  monitoring: Monitoring,
  { screen, wanted, signal }: { screen: Screen; wanted: readonly string[]; signal: AbortSignal },
): Promise<Expectation[]> {
  showHeading(screen, 'The alerts that fired, as Alertmanager told them');
  const lateMs = Date.now() + NOTIFIED_DEADLINE_MS;
  while (missing(monitoring, wanted).length > 0 && Date.now() < lateMs) {
    await delay(ASK_AGAIN_MS, undefined, { signal });
  }
  for (const alert of toldAlerts(monitoring.receiver.webhooks())) showAlert(screen, alert);
  screen.line(`  ${whoWasTold(monitoring)}`);
  screen.line(`  Prometheus: ${monitoring.prometheus.url}/classic/alerts`);
  screen.line(`  What was sent: ${monitoring.receiver.url}`);
  if (wanted.length === 0) return [];
  const question = { subject: 'Alertmanager', claim: `told of ${wanted.join(', ')}` };
  return [expectEqual({ ...question, expected: [], seen: missing(monitoring, wanted) })];
}

function missing({ receiver }: Monitoring, wanted: readonly string[]): string[] {
  const told = new Set(toldAlerts(receiver.webhooks()).map(({ labels }) => labels['alertname']));
  return wanted.filter((name) => !told.has(name));
}

/** In the order in which they were told first; the one that always fires is not among them. */
export function toldAlerts(webhooks: readonly ReceivedWebhook[]): ToldAlert[] {
  const told = new Map<string, ToldAlert>();
  for (const { path, alerts } of webhooks) {
    if (path === RECEIVER_PATHS.deadMan) continue;
    // Alertmanager writes labels in the order of their names: the same labels are the same text.
    for (const alert of alerts) told.set(JSON.stringify(alert.labels), alert);
  }
  return [...told.values()];
}

function showAlert(screen: Screen, { labels, annotations, startsAt, status }: ToldAlert): void {
  const of = Object.entries(labels).filter(([name]) => !QUIET_LABELS.includes(name));
  const subject = of.map(([name, value]) => `${name} ${value}`).join(', ');
  const severity = labels['severity'] ?? '';
  const name = screen.paint(severity === 'critical' ? 'red' : 'yellow', labels['alertname'] ?? '');
  const since = `fired ${startsAt.slice(11, 19)}${status === 'resolved' ? ', resolved' : ''}`;
  screen.line(`  ${severity.padEnd(8)}  ${name}  ${subject}  (${since})`);
  screen.line(screen.paint('dim', `            ${annotations['description'] ?? ''}`));
  screen.line(screen.paint('dim', `            ${annotations['runbook_url'] ?? ''}`));
}

function whoWasTold({ receiver, mail }: Monitoring): string {
  const sent = (path: string) => receiver.received().filter((request) => request.path === path).length;
  const { slack, pagerDuty, webhook } = RECEIVER_PATHS;
  const counts = `Slack ${sent(slack)}, PagerDuty ${sent(pagerDuty)}, webhook ${sent(webhook)}`;
  return `Told (stand-ins took it): ${counts}, mail ${mail.mails().length}`;
}
