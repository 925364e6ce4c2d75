import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildAlertmanager } from '../../monitoring/build-alertmanager.js';
import { buildRules } from '../../monitoring/build-rules.js';
import { readValues, type AlertmanagerValues, type RuleValues } from '../../monitoring/values.js';
import type { Progress } from '../binaries/binary-sources.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { startMonitoring, type Monitoring, type NotificationPlaces } from './start-monitoring.js';

export interface LocalMonitoringOptions {
  /** `host:port` of the workers that are read from the start on. Default: none. */
  readonly targets?: readonly string[];
  /** How often targets are read and rules are evaluated. Default: 5. */
  readonly intervalSeconds?: number;
  /** Other thresholds. Default: those of development. */
  readonly thresholds?: (development: RuleValues) => RuleValues;
  readonly progress?: Progress;
}

/** Of this checkout. */
const RUNBOOKS = new URL('../../docs/runbooks', import.meta.url).href;

/** Paths of the local receiver, by what it stands in for. */
export const RECEIVER_PATHS = {
  slack: '/slack',
  pagerDuty: '/pagerduty',
  webhook: '/webhook',
  deadMan: '/dead-man',
} as const;

/**
 * A Prometheus and an Alertmanager with the product's own rules, routes and templates. Notifications go to receivers of
 * this process, by way of every kind of receiver that production has, and soon: a group waits for seconds.
 */
export async function startLocalMonitoring(
  group: ProcessGroup,
  options: LocalMonitoringOptions = {},
): Promise<Monitoring> {
  const { thresholds = (values) => values, intervalSeconds = 5, ...others } = options;
  const [development, production] = await Promise.all([readValues('development'), readValues('production')]);
  return await startMonitoring(group, {
    ...others,
    intervalSeconds,
    rules: buildRules(thresholds({ ...development.rules, runbookBaseUrl: RUNBOOKS })),
    alertmanagerConfig: async (places) => {
      const secrets = await writeSecrets(join(group.folder, 'alertmanager-secrets'), places);
      return buildAlertmanager(localAddresses(production.alertmanager, { places, secrets }));
    },
  });
}

interface SecretFiles {
  readonly slackApiUrl: string;
  readonly pagerDutyKey: string;
  readonly webhookToken: string;
}

async function writeSecrets(folder: string, { receiver }: NotificationPlaces): Promise<SecretFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const write = async (name: string, content: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, content, { mode: 0o600 });
    return file;
  };
  const [slackApiUrl, pagerDutyKey, webhookToken] = await Promise.all([
    write('slack-api-url', `${receiver.url}${RECEIVER_PATHS.slack}`),
    write('pagerduty-routing-key', 'local-routing-key'),
    write('webhook-token', 'local-token'),
  ]);
  return { slackApiUrl, pagerDutyKey, webhookToken };
}

function localAddresses(
  values: AlertmanagerValues,
  { places: { receiver, mail }, secrets }: { places: NotificationPlaces; secrets: SecretFiles },
): AlertmanagerValues {
  const at = (path: string) => `${receiver.url}${path}`;
  return {
    ...values,
    groupWait: '1s',
    groupInterval: '2s',
    slack: { ...values.slack, apiUrlFile: secrets.slackApiUrl },
    email: { ...values.email, smarthost: mail.address, requireTls: false, auth: null },
    pagerDuty: { url: at(RECEIVER_PATHS.pagerDuty), routingKeyFile: secrets.pagerDutyKey },
    webhook: { url: at(RECEIVER_PATHS.webhook), credentialsFile: secrets.webhookToken },
    deadMan: { url: at(RECEIVER_PATHS.deadMan), repeatInterval: '10s' },
  };
}
