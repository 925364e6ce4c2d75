import { createServer } from 'node:http';
import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import {
  startMonitoring,
  type Monitoring,
  type NotificationPlaces,
} from '../../dev/monitoring/start-monitoring.js';
import { listenOnLoopback, type LoopbackServer } from '../../dev/node-agent/loopback-server.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { waitFor } from '../e2e/wait-for.js';

const RULES = stringify({
  groups: [
    {
      name: 'broken',
      rules: [
        { alert: 'ThingBroken', expr: 'max by (thing) (thing_broken) == 1', labels: { feature: 'things' } },
      ],
    },
  ],
});

let group: ProcessGroup;
let target: LoopbackServer;
let broken = 0;
let monitoring: Monitoring;

beforeAll(async () => {
  group = await createProcessGroup();
  const page = () => `thing_broken{thing="one"} ${broken}\n`;
  target = await listenOnLoopback(
    createServer((_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(page())),
    0,
  );
  monitoring = await startMonitoring(group, {
    rules: RULES,
    alertmanagerConfig: (places) => Promise.resolve(configFor(places)),
    intervalSeconds: 1,
    targets: [addressOf(target)],
  });
});

afterAll(async () => {
  await monitoring?.stop();
  await target?.stop();
  await group?.stop();
});

const addressOf = ({ port }: LoopbackServer) => `127.0.0.1:${port}`;

/** One receiver of every kind that the product's own configuration uses. */
function configFor({ receiver, mail }: NotificationPlaces): string {
  return stringify({
    global: { smtp_smarthost: mail.address, smtp_from: 'alerts@example.com', smtp_require_tls: false },
    route: { receiver: 'all', group_by: ['alertname'], group_wait: '0s', group_interval: '1s' },
    receivers: [
      {
        name: 'all',
        webhook_configs: [{ url: `${receiver.url}/webhook` }],
        slack_configs: [{ api_url: `${receiver.url}/slack`, channel: '#alerts', send_resolved: true }],
        pagerduty_configs: [{ url: `${receiver.url}/pagerduty`, routing_key: 'key' }],
        email_configs: [{ to: 'people@example.com', send_resolved: true }],
      },
    ],
  });
}

const states = async () => (await monitoring.prometheus.api.alerts()).map(({ state }) => state);
const statuses = () => monitoring.receiver.webhooks().map(({ status }) => status);
const paths = () => monitoring.receiver.received().map(({ path }) => path);

describe('an alert, from a series to whoever is notified', () => {
  test('reaches each of them when it fires, and again when it is resolved', async () => {
    await waitFor('the target is read', async () => {
      const [series] = await monitoring.prometheus.api.query('thing_broken');
      return series?.value === 0;
    });
    expect(await states()).toEqual([]);

    broken = 1;
    await waitFor('it fires', async () => (await states()).includes('firing'));
    await waitFor(
      'every place has it',
      () => new Set(paths()).size === 3 && monitoring.mail.mails().length === 1,
    );
    expect(monitoring.receiver.webhooks()).toMatchObject([
      { path: '/webhook', status: 'firing', groupLabels: { alertname: 'ThingBroken' }, receiver: 'all' },
    ]);
    expect(monitoring.mail.mails()[0]).toMatch(/^Subject: .*ThingBroken/m);

    broken = 0;
    await waitFor(
      'the end is told',
      () => statuses().at(-1) === 'resolved' && monitoring.mail.mails().length === 2,
    );
    expect(statuses()).toEqual(['firing', 'resolved']);
  });

  test('ends with the series, at once, when its target is read no more', async () => {
    broken = 1;
    await waitFor('it fires', async () => (await states()).includes('firing'));
    await monitoring.prometheus.removeTarget(addressOf(target));
    await waitFor('it is over', async () => (await states()).length === 0);
    const { prometheus } = monitoring;
    const toMs = Date.now();
    const range = { fromMs: toMs - 60_000, toMs, stepSeconds: 1 };
    const [series] = await prometheus.api.queryRange('thing_broken', range);
    expect(series?.points.some(({ value }) => value === 1)).toBe(true);
    expect(await prometheus.api.query('thing_broken')).toEqual([]);
  });

  test('a target that answers nothing is down', async () => {
    await target.stop();
    await monitoring.prometheus.addTarget(addressOf(target));
    await waitFor('it is down', async () => {
      const targets = await monitoring.prometheus.api.targets();
      return targets.get(addressOf(target)) === 'down';
    });
    await expect(monitoring.prometheus.api.query('(')).rejects.toThrow('Prometheus refused query');
  });
});

test('a configuration that Alertmanager refuses is an error with its words; nothing stays behind', async () => {
  const own = await createProcessGroup();
  const starting = startMonitoring(own, {
    rules: RULES,
    alertmanagerConfig: () => Promise.resolve(stringify({ route: { receiver: 'nobody' } })),
    intervalSeconds: 1,
  });
  await expect(starting).rejects.toThrow(/undefined receiver .*nobody/);
  await own.stop();
  await expect(access(own.folder)).rejects.toThrow('ENOENT');
});
