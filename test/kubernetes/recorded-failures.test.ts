// What the real servers answer when they fail, kept in api-failures/ for whoever classifies failures. `npx vitest run
// -u` on this file records them anew; record-slow-failures.ts the three that take a frozen etcd most of a minute.
import { createServer } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startHoldProxy } from '../../dev/hold-proxy/start-hold-proxy.js';
import { createKubeClient, type KubeClient } from '../../dev/node-agent/kube-client.js';
import { readKubeIdentity } from '../../dev/node-agent/kube-identity.js';
import { listenOnLoopback } from '../../dev/node-agent/loopback-server.js';
import { freePorts } from '../../dev/processes/free-ports.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import { createAuthority, createServerCertificate } from '../../dev/stack/certificates.js';
import { startControlPlane, type ControlPlane } from '../../dev/stack/control-plane.js';
import { createFailingClient, type FailedAnswer, type FailingClient } from './failed-answer.js';
import { recordingFile, recordingText, type Recording } from './failure-recording.js';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const NOBODY = 'nobody-in-particular';

let group: ProcessGroup;
let controlPlane: ControlPlane;
let admin: KubeClient;
let failing: FailingClient;
let nobody: FailingClient;

beforeAll(async () => {
  group = await createProcessGroup();
  controlPlane = await startControlPlane(group, { etcdMembers: 3 });
  const identity = await readKubeIdentity(controlPlane.adminKubeconfig);
  admin = createKubeClient(identity);
  failing = createFailingClient(identity);
  nobody = createFailingClient(
    await readKubeIdentity(await controlPlane.kubeconfigFor({ user: NOBODY, groups: ['people'] })),
  );
});

afterAll(async () => {
  await Promise.all([admin?.close(), failing?.close(), nobody?.close()]);
  await group?.stop();
});

const creation = (name: string) =>
  ({ method: 'POST', path: CONFIG_MAPS, body: { metadata: { name } } }) as const;

/** Compares with the recording, or records. */
async function expectRecorded(file: string, recording: Recording) {
  await expect(recordingText(recording)).toMatchFileSnapshot(recordingFile(file));
}

async function expectWebhookFailure(
  file: string,
  webhook: { fault: string; url: string; caBundle?: string },
) {
  const { fault, ...clientConfig } = webhook;
  const only = { matchLabels: { 'kubernetes.io/metadata.name': 'default' } };
  await admin.call({
    method: 'POST',
    path: WEBHOOKS,
    body: {
      metadata: { name: file },
      webhooks: [
        {
          name: 'review.holdfast.dev',
          clientConfig,
          rules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
          ],
          namespaceSelector: only,
          timeoutSeconds: 1,
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    },
  });
  // The API server hears of it a moment later.
  let answer: FailedAnswer | undefined;
  await waitUntil({
    what: 'no call went to the webhook',
    timeoutMs: 20_000,
    attempt: async () =>
      (answer = await failing.failureOf(creation(`for-${file}-${Date.now()}`))) !== undefined,
  });
  await admin.call({ method: 'DELETE', path: `${WEBHOOKS}/${file}` });
  if (answer !== undefined) await expectRecorded(file, { fault, answer });
}

test('a user without rights', async () => {
  const answer = await nobody.failureOf(creation('forbidden'));
  await expectRecorded('forbidden', { fault: 'the user has no rights', answer });
});

test('an object that is larger than the API server takes', async () => {
  const body = { metadata: { name: 'large' }, data: { large: 'x'.repeat(4 * 1024 * 1024) } };
  const answer = await failing.failureOf({ method: 'POST', path: CONFIG_MAPS, body });
  await expectRecorded('request-too-large', { fault: 'a request of 4 MiB', answer });
});

test('an object that is larger than etcd takes', async () => {
  const sizes = { 'etcd-request-too-large': 1.75, 'etcd-message-too-large': 2 };
  for (const [file, mebibytes] of Object.entries(sizes)) {
    const env = [{ name: 'LARGE', value: 'x'.repeat(mebibytes * 1024 * 1024) }];
    const body = {
      metadata: { name: 'large' },
      spec: { containers: [{ name: 'large', image: 'large', env }] },
    };
    const answer = await failing.failureOf({ method: 'POST', path: '/api/v1/namespaces/default/pods', body });
    await expectRecorded(file, { fault: `an object of ${mebibytes} MiB`, answer });
  }
});

test('an admission webhook that is down', async () => {
  const [port = 0] = await freePorts(1);
  const fault = 'an admission webhook is down: its connection is refused';
  await expectWebhookFailure('webhook-refused', { fault, url: `https://127.0.0.1:${port}/` });
});

test('an admission webhook that does not answer in time', async () => {
  const authority = await createAuthority();
  const { certificate, privateKey } = await createServerCertificate(authority);
  const silent = await listenOnLoopback(
    createServer({ cert: certificate, key: privateKey }, () => undefined),
    0,
  );
  onTestFinished(() => silent.stop());
  await expectWebhookFailure('webhook-timed-out', {
    fault: 'an admission webhook does not answer within its timeoutSeconds',
    url: `https://127.0.0.1:${silent.port}/`,
    caBundle: Buffer.from(authority.certificate).toString('base64'),
  });
});

test('the proxy that stands for an overloaded API server', async () => {
  const kubeconfig = controlPlane.adminKubeconfig;
  const proxy = await startHoldProxy({ kubeconfig, folder: join(group.folder, 'proxy') });
  const client = createFailingClient({ contextName: 'proxy', server: proxy.url });
  onTestFinished(async () => {
    await client.close();
    await proxy.stop();
  });
  for (const status of [429, 503] as const) {
    proxy.inject({ fault: { kind: 'refusal', status, retryAfterSeconds: 1 }, which: { next: 1 } });
    const answer = await client.failureOf(creation('refused'));
    await expectRecorded(`proxy-${status}`, { fault: 'refused by the proxy of dev/hold-proxy', answer });
  }
});

test('etcd without a quorum', async () => {
  const { faults } = controlPlane;
  onTestFinished(() => faults.thawEtcd());
  await faults.freezeEtcd();
  // A call that is sent to a frozen member hangs; one that is sent to the third member gets its answer.
  const calls = Array.from({ length: 10 }, (_, index) => failing.failureOf(creation(`frozen-${index}`)));
  const hanging = Promise.allSettled(calls);
  await expectRecorded('etcd-frozen-timed-out', {
    fault: 'two of three etcd members frozen; the third gives up',
    answer: await Promise.any(calls),
  });
  await expectRecorded('etcd-frozen-deadline', {
    fault: 'two of three etcd members frozen; the deadline of the request passes first',
    answer: await failing.failureOf({ ...creation('deadline'), path: `${CONFIG_MAPS}?timeout=2s` }),
  });
  faults.thawEtcd();
  await hanging;
});

test('etcd whose quota is used up', async () => {
  const { faults } = controlPlane;
  await faults.fillEtcdQuota();
  const answer = await failing.failureOf(creation('full'));
  await expectRecorded('etcd-quota-exhausted', { fault: "etcd's quota is used up", answer });
  await faults.mendEtcdQuota();
});

test('an API server that is killed in the middle of a call, and one that is gone', async () => {
  const { faults } = controlPlane;
  onTestFinished(() => faults.thawEtcd());
  await faults.freezeEtcd();
  const waiting = failing.failureOf(creation('killed'));
  const watching = failing.failureOf({ method: 'GET', path: `${CONFIG_MAPS}?watch=1` });
  await faults.killApiServer();
  await expectRecorded('api-server-killed', {
    fault: 'the API server is killed before it answers',
    answer: await waiting,
  });
  await expectRecorded('api-server-killed-mid-answer', {
    fault: 'the API server is killed in the middle of its answer (a watch)',
    answer: await watching,
  });
  const answer = await failing.failureOf(creation('refused'));
  await expectRecorded('api-server-gone', { fault: 'the API server is away', answer });
});
