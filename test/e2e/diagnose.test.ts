import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { hasStatus } from '../../dev/node-agent/kube-client.js';
import { readKubeIdentity } from '../../dev/node-agent/kube-identity.js';
import { startObjectStore, type ObjectStore } from '../../dev/object-store/start-object-store.js';
import { FAILING_POD, S3_SECRET, SUCCEEDING_POD, type BackupWish } from './backup-manifest.js';
import { JOBS, SECRETS, startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import { conditionOf, incidentOf, latest } from './observations.js';
import { runHoldfast } from './run-holdfast.js';
import { waitFor } from './wait-for.js';
import { HOLDFAST, startWorker } from './worker-process.js';

const GOOD_SECRET = 'store-keys';
const TWO_RETRIES = { maxRetryTimes: 2, retryTimeout: '2h', minRetryDuration: '1s' };

const Diagnosed = z.looseObject({
  diagnosis: z.looseObject({
    findings: z.array(
      z.object({
        verdict: z.string(),
        name: z.string(),
        found: z.string(),
        mend: z.string().optional(),
        area: z.string(),
      }),
    ),
  }),
});

let world: HoldfastWorld;
let store: ObjectStore;

beforeAll(async () => {
  world = await startHoldfastWorld();
  store = await startObjectStore(world.stack.group, { buckets: ['backups'] });
  const { accessKeyId, secretAccessKey } = store.readOnly;
  await world.call({
    method: 'POST',
    path: SECRETS,
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: GOOD_SECRET },
      stringData: { access_key: accessKeyId, secret_key: secretAccessKey },
    },
  });
  await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
});

afterAll(async () => {
  await world?.stop();
});

interface Place {
  readonly secretName?: string;
  readonly bucket?: string;
  readonly endpoint?: string;
}

function storedAt({ secretName = GOOD_SECRET, bucket = 'backups', endpoint = store.endpoint }: Place) {
  return { s3: { provider: 'aws', bucket, prefix: 'orders', secretName, endpoint } };
}

async function createExhausted(wish: Pick<BackupWish, 'name'>, place: Place): Promise<void> {
  const { name } = wish;
  await world.createBackup({ name, policy: TWO_RETRIES, script: [FAILING_POD], spec: storedAt(place) });
  await waitFor(`${name} is exhausted`, () => incidentOf(world.journal, name)?.state === 'settled', 60_000);
}

async function diagnose(name: string, ...options: string[]) {
  const args = ['backup', 'describe', `default/${name}`, '--diagnose', '-o', 'json', ...options];
  const { exitCode, stdout, stderr } = await runHoldfast(world.stack, { args });
  const findings = Diagnosed.parse(JSON.parse(stdout)).diagnosis.findings;
  const finding = (wanted: string) => findings.find((found) => found.name === wanted);
  return { exitCode, stderr, findings, finding };
}

async function probeJobExists(name: string): Promise<boolean> {
  try {
    await world.call({ method: 'GET', path: `${JOBS}/probe-storage-${name}` });
    return true;
  } catch (failure) {
    if (hasStatus(failure, 404)) return false;
    throw failure;
  }
}

describe('holdfast backup describe --diagnose', () => {
  test('names the end of the retries and a Secret that the store refuses, and leaves no Job behind', async () => {
    const name = 'wrong-secret';
    await createExhausted({ name }, { secretName: S3_SECRET });
    const { exitCode, stderr, findings, finding } = await diagnose(name);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`Job default/probe-storage-${name} (image `);
    expect(findings[0]?.verdict).toBe('fail');
    expect(finding('retries')).toMatchObject({
      verdict: 'fail',
      found: 'RetryExhausted, 2 of 2 retries used: nothing happens by itself any more',
      mend: expect.stringContaining(`'holdfast backup retry-now default/${name}'`),
    });
    expect(finding('last run')).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('exit code 1'),
    });
    expect(finding('storage')).toMatchObject({
      verdict: 'fail',
      found: expect.stringMatching(/^s3:\/\/backups\/orders: AccessDenied: .*403/),
      mend: 'correct the Secret, or the rights of its user or role',
    });
    expect(await probeJobExists(name)).toBe(false);
    // A probe is no run of the backup.
    expect(conditionOf(latest(world.journal, name), 'Failed')).toMatchObject({ reason: 'RetryExhausted' });
    expect(incidentOf(world.journal, name)).toMatchObject({ state: 'settled', retries: 2 });
  });

  test('prints findings first, then the report, where people read it', async () => {
    const name = 'wrong-bucket';
    await createExhausted({ name }, { bucket: 'no-such-bucket' });
    const args = ['backup', 'describe', `default/${name}`, '--diagnose'];
    const { exitCode, stdout } = await runHoldfast(world.stack, { args });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^Findings\n {2}fail /);
    expect(stdout).toMatch(
      /fail {2}storage +s3:\/\/no-such-bucket\/orders: NoBucket: .*\n +→ create the bucket/,
    );
    expect(stdout.indexOf('TIMELINE (UTC)')).toBeGreaterThan(stdout.indexOf('NoBucket'));
  });

  test('finds nothing wrong with a healthy Backup', async () => {
    const name = 'healthy';
    await world.createBackup({ name, script: [SUCCEEDING_POD], spec: storedAt({}) });
    await waitFor('it runs', () => latest(world.journal, name)?.status.phase === 'Running');
    const { exitCode, findings, finding } = await diagnose(name);
    expect(findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(finding('storage')?.found).toBe(
      's3://backups/orders is reached from inside the cluster: it may be listed, and holds nothing yet',
    );
    expect(exitCode).toBe(0);
    expect(await probeJobExists(name)).toBe(false);
  });

  test('says which Secret is missing, and that the probe starves of it too', async () => {
    const name = 'no-secret';
    await world.createBackup({
      name,
      script: [SUCCEEDING_POD],
      spec: storedAt({ secretName: 'never-made' }),
    });
    await waitFor('it waits', () => latest(world.journal, name)?.status.phase === 'RetryFailed');
    const { exitCode, finding } = await diagnose(name);
    expect(exitCode).toBe(1);
    expect(finding('missing')?.found).toContain('Secret never-made does not exist');
    expect(finding('Secret')).toMatchObject({ verdict: 'fail', found: 'Secret never-made does not exist' });
    expect(finding('storage')).toMatchObject({
      verdict: 'warn',
      found: expect.stringContaining('CreateContainerConfigError (container probe)'),
    });
    expect(await probeJobExists(name)).toBe(false);
  });

  test('creates nothing with --no-probe and with --dry-run', async () => {
    const name = 'looked-at';
    await world.createBackup({ name, script: [SUCCEEDING_POD], spec: storedAt({}) });
    await waitFor('it runs', () => latest(world.journal, name)?.status.phase === 'Running');
    const without = await diagnose(name, '--no-probe');
    expect(without.finding('storage')).toMatchObject({ verdict: 'skip', found: 'not looked at: --no-probe' });
    const dry = await diagnose(name, '--dry-run');
    expect(dry.finding('storage')?.found).toMatch(/dry run: the API server would take Job default\/probe-/);
    expect([without.exitCode, dry.exitCode]).toEqual([0, 0]);
    expect(world.journal.jobs(`probe-storage-${name}`)).toEqual([]);
  });

  test('of a Backup that does not exist is exit code 6', async () => {
    const args = ['backup', 'describe', 'default/nobody', '--diagnose'];
    const { exitCode, stderr } = await runHoldfast(world.stack, { args });
    expect(exitCode).toBe(6);
    expect(stderr).toContain('Backup default/nobody does not exist');
  });

  test('of somebody who may only look says what was left out, and goes on', async () => {
    const name = 'only-viewed';
    await createExhausted({ name }, {});
    const args = ['backup', 'describe', `default/${name}`, '--diagnose'];
    const env = await viewerEnv();
    const { exitCode, stdout } = await runHoldfast(world.stack, { args, env });
    expect(stdout).toMatch(/skip {2}Secret .*secrets "store-keys" is forbidden/);
    expect(stdout).toMatch(/skip {2}storage +not looked at: .*jobs.batch is forbidden/);
    expect(stdout).toMatch(/fail {2}retries +RetryExhausted/);
    expect(exitCode).toBe(1);
  });

  describe('against a store that accepts connections and never answers', () => {
    let silent: Server;
    let endpoint = '';

    beforeAll(async () => {
      silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      endpoint = `http://127.0.0.1:${portOf(silent)}`;
    });

    afterAll(() => {
      silent.close();
    });

    test('that a person interrupts deletes its Job and is exit code 130', async () => {
      const name = 'interrupted';
      await world.createBackup({ name, script: [SUCCEEDING_POD], spec: storedAt({ endpoint }) });
      await waitFor('it runs', () => latest(world.journal, name)?.status.phase === 'Running');
      const args = [HOLDFAST, 'backup', 'describe', `default/${name}`, '--diagnose'];
      const { env, folder } = world.stack;
      const running = execa(process.execPath, args, {
        env: { ...env, HOME: folder },
        extendEnv: false,
        reject: false,
        timeout: 60_000,
      });
      await waitFor('the Job is there', () => probeJobExists(name));
      running.kill('SIGINT');
      const { exitCode, stderr } = await running;
      expect(exitCode).toBe(130);
      expect(stderr).toContain('interrupted');
      expect(await probeJobExists(name)).toBe(false);
    });
  });
});

const TokenRequest = z.object({ status: z.object({ token: z.string() }) });

/** A kubeconfig of somebody with the rights of ClusterRole holdfast-viewer and no more. */
async function viewerEnv(): Promise<Record<string, string>> {
  const name = 'on-call';
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
  await world.call({ method: 'POST', path: accounts, body: { metadata: { name } } });
  await world.call({
    method: 'POST',
    path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    body: {
      metadata: { name },
      roleRef: { ...rbac, kind: 'ClusterRole', name: 'holdfast-viewer' },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
    },
  });
  const path = `${accounts}/${name}/token`;
  const answer = await world.call({ method: 'POST', path, body: { spec: { expirationSeconds: 3600 } } });
  const { token } = TokenRequest.parse(answer).status;
  const { server, ca = '' } = await readKubeIdentity(world.stack.controlPlane.adminKubeconfig);
  const authority = { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, ...authority } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    users: [{ name, user: { token } }],
  };
  const file = join(world.stack.folder, 'viewer.kubeconfig');
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return { KUBECONFIG: file, HOLDFAST_KUBE_CONTEXT: name };
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
