import type { ReceivedWebhook } from '../../dev/monitoring/alert-receiver.js';
import { RECEIVER_PATHS } from '../../dev/monitoring/local-monitoring.js';
import type { ActiveAlert, SeriesOverTime } from '../../dev/monitoring/prometheus-api.js';
import type { Monitoring } from '../../dev/monitoring/start-monitoring.js';

type Labels = Readonly<Record<string, string>>;

const carries = (labels: Labels, wanted: Labels) =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

/** The alerts with these labels that Prometheus holds for firing. */
export async function firing({ prometheus }: Monitoring, wanted: Labels): Promise<ActiveAlert[]> {
  const alerts = await prometheus.api.alerts();
  return alerts.filter(({ state, labels }) => state === 'firing' && carries(labels, wanted));
}

/** The notifications to whoever takes all alerts that tell of one with these labels, oldest first. */
export function told({ receiver }: Monitoring, wanted: Labels): ReceivedWebhook[] {
  return receiver
    .webhooks()
    .filter(
      ({ path, alerts }) =>
        path === RECEIVER_PATHS.webhook && alerts.some((alert) => carries(alert.labels, wanted)),
    );
}

/** Whether the last word about the alert is that it is over. */
export function toldResolved(monitoring: Monitoring, wanted: Labels): boolean {
  const alerts = told(monitoring, wanted).at(-1)?.alerts ?? [];
  return (
    alerts.filter(({ labels }) => carries(labels, wanted)).every(({ status }) => status === 'resolved') &&
    alerts.length > 0
  );
}

/** What was posted for Slack, PagerDuty and so on, as text. */
export function sentTo({ receiver }: Monitoring, place: keyof typeof RECEIVER_PATHS): string[] {
  const requests = receiver.received().filter(({ path }) => path === RECEIVER_PATHS[place]);
  return requests.map(({ body }) => JSON.stringify(body));
}

/** Every second of an expression since then. */
export function eachSecond(
  { prometheus }: Monitoring,
  { expression, fromMs }: { expression: string; fromMs: number },
): Promise<readonly SeriesOverTime[]> {
  return prometheus.api.queryRange(expression, { fromMs, toMs: Date.now(), stepSeconds: 1 });
}
