import { join } from 'node:path';
import { prometheusTools } from '../binaries/prometheus-tools.js';
import type { Progress } from '../binaries/binary-sources.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { startAlertReceiver, type AlertReceiver } from './alert-receiver.js';
import { startMailSink, type MailSink } from './mail-sink.js';
import { startAlertmanager, type Alertmanager } from './start-alertmanager.js';
import { startPrometheus, type Prometheus } from './start-prometheus.js';

/** Where notifications go here in place of Slack, PagerDuty, a webhook and a mail server. */
export interface NotificationPlaces {
  readonly receiver: AlertReceiver;
  readonly mail: MailSink;
}

export interface MonitoringOptions {
  /** As `buildRules` gives it. */
  readonly rules: string;
  /** As `buildAlertmanager` gives it; its receivers must lead to these places. */
  readonly alertmanagerConfig: (places: NotificationPlaces) => Promise<string>;
  /** How often targets are read and rules are evaluated. */
  readonly intervalSeconds: number;
  /** `host:port` of whose `/metrics` is read from the start on. Default: none. */
  readonly targets?: readonly string[];
  readonly progress?: Progress;
}

export interface Monitoring extends NotificationPlaces {
  readonly prometheus: Prometheus;
  readonly alertmanager: Alertmanager;
  /** Ends the receivers, which run in this process; the servers end with their group. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a real Prometheus and a real Alertmanager in the group, on free loopback ports with their data in its folder,
 * and what takes the notifications.
 * @throws Error with the end of its log when one does not start, for example because it refuses its configuration
 */
export async function startMonitoring(group: ProcessGroup, options: MonitoringOptions): Promise<Monitoring> {
  const { progress, rules, intervalSeconds, targets = [] } = options;
  const { binDir } = await prometheusTools(progress === undefined ? {} : { progress });
  progress?.('starting Prometheus and Alertmanager');
  const [receiver, mail] = await Promise.all([startAlertReceiver(), startMailSink()]);
  let stopped: Promise<unknown> | undefined;
  const stop = async (): Promise<void> => {
    await (stopped ??= Promise.all([receiver.stop(), mail.stop()]));
  };
  try {
    const alertmanager = await startAlertmanager(group, {
      command: join(binDir, 'alertmanager'),
      config: await options.alertmanagerConfig({ receiver, mail }),
    });
    const prometheus = await startPrometheus(group, {
      command: join(binDir, 'prometheus'),
      rules,
      alertmanager: alertmanager.address,
      intervalSeconds,
    });
    for (const target of targets) await prometheus.addTarget(target);
    return { receiver, mail, prometheus, alertmanager, stop };
  } catch (failure) {
    await stop();
    throw failure;
  }
}
