import type { AlertmanagerValues } from '../values.js';

/** Names of receivers. `on-call`, `automation` and `dead-man` are there where the values have their address. */
export type ReceiverName =
  'log-backup' | 'verification' | 'holdfast' | 'on-call' | 'automation' | 'dead-man' | 'nobody';

/** All labels that the alerts of a group share: `LogBackupRetriesExhausted demo prod payments`. */
const group = '{{ .GroupLabels.SortedPairs.Values | join " " }}';
const title = `[{{ .Status | toUpper }}] ${group}`;
const slackText = [
  '{{ range .Alerts }}',
  '*{{ .Annotations.summary }}* ({{ .Labels.severity }}, {{ .Status }})',
  '{{ .Annotations.description }}',
  '{{ if .Annotations.runbook_url }}<{{ .Annotations.runbook_url }}|Runbook>{{ end }}',
  '{{ end }}',
].join('\n');
const emailText = [
  '{{ range .Alerts }}',
  '{{ .Annotations.summary }} ({{ .Labels.severity }}, {{ .Status }} since {{ .StartsAt }})',
  '{{ .Annotations.description }}',
  '{{ if .Annotations.runbook_url }}Runbook: {{ .Annotations.runbook_url }}{{ end }}',
  '{{ end }}',
].join('\n');

/** Receivers as Alertmanager 0.25 reads them: secrets by file, `subject` as a header, no default template. */
export function receivers(values: AlertmanagerValues): readonly object[] {
  const { channels } = values.slack;
  const email = emailConfig(values.email);
  const { pagerDuty, webhook, deadMan } = values;
  return [
    receiver('log-backup', {
      slack_configs: [slackConfig(values, channels.logBackup)],
      email_configs: [email],
    }),
    receiver('verification', {
      slack_configs: [slackConfig(values, channels.verification)],
      email_configs: [email],
    }),
    receiver('holdfast', { slack_configs: [slackConfig(values, channels.holdfast)] }),
    ...(pagerDuty === null ? [] : [receiver('on-call', { pagerduty_configs: [pagerDutyConfig(pagerDuty)] })]),
    ...(webhook === null ? [] : [receiver('automation', { webhook_configs: [webhookConfig(webhook)] })]),
    ...(deadMan === null
      ? [receiver('nobody', {})]
      : [receiver('dead-man', { webhook_configs: [{ url: deadMan.url, send_resolved: false }] })]),
  ];
}

function receiver(name: ReceiverName, configs: object): object {
  return { name, ...configs };
}

function slackConfig({ slack }: AlertmanagerValues, channel: string): object {
  return { api_url_file: slack.apiUrlFile, channel, send_resolved: true, title, text: slackText };
}

function emailConfig({ to, from, smarthost, requireTls, auth }: AlertmanagerValues['email']): object {
  return {
    to,
    from,
    smarthost,
    require_tls: requireTls,
    ...(auth === null ? {} : { auth_username: auth.username, auth_password_file: auth.passwordFile }),
    send_resolved: true,
    headers: { Subject: title },
    // Without it Alertmanager sends its own page beside the text.
    html: '',
    text: emailText,
  };
}

function pagerDutyConfig({ url, routingKeyFile }: NonNullable<AlertmanagerValues['pagerDuty']>): object {
  return {
    url,
    routing_key_file: routingKeyFile,
    severity: '{{ .CommonLabels.severity }}',
    description: `{{ .CommonAnnotations.summary }}: ${group}`,
    details: {
      description: '{{ range .Alerts }}{{ .Annotations.description }}\n{{ end }}',
      runbook: '{{ .CommonAnnotations.runbook_url }}',
    },
  };
}

function webhookConfig({ url, credentialsFile }: NonNullable<AlertmanagerValues['webhook']>): object {
  const authorization = { http_config: { authorization: { credentials_file: credentialsFile } } };
  return { url, send_resolved: true, ...(credentialsFile === null ? {} : authorization) };
}
