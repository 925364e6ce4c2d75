import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { probeStorage } from '../../src/backup-manager/probe-storage.js';
import { probeResultIn } from '../../src/domain/backup/storage-probe.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';
import { createInMemoryCluster } from '../kubernetes/in-memory-cluster.js';

const KEYS = { AWS_ACCESS_KEY_ID: 'orders-key-id', AWS_SECRET_ACCESS_KEY: 'a-secret-of-nobody' };

beforeAll(() => {
  for (const [name, value] of Object.entries(KEYS)) vi.stubEnv(name, value);
});

afterAll(() => {
  vi.unstubAllEnvs();
});

/** Stores that answer, well or badly, stand in test/e2e/diagnose.test.ts. */
async function probe(spec: object | undefined) {
  const cluster = createInMemoryCluster();
  if (spec !== undefined) {
    cluster.put(BACKUPS, { metadata: { namespace: 'prod', name: 'orders' }, spec, status: {} });
  }
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const looked = await probeStorage(
    { namespace: 'prod', backupName: 'orders' },
    {
      api: cluster.api,
      env: KEYS,
      output: { stdout, stderr },
      stopping: new AbortController().signal,
    },
  );
  const printed = String(stdout.read() ?? '');
  return { looked, result: probeResultIn(printed), printed, complaint: String(stderr.read() ?? '') };
}

describe('a probe of the storage', () => {
  test('of an endpoint where nobody listens says so, without a secret', async () => {
    const s3 = { provider: 'aws', bucket: 'shop', prefix: 'orders', endpoint: 'http://127.0.0.1:1' };
    const { looked, result, printed } = await probe({ s3 });
    expect(looked).toBe(true);
    expect(result).toMatchObject({ location: 's3://shop/orders', outcome: 'Unreachable' });
    for (const key of Object.values(KEYS)) expect(printed).not.toContain(key);
  });

  test.each([
    ['gcs', { gcs: { projectId: 'shop', bucket: 'shop' } }],
    ['no storage', {}],
  ])('leaves %s alone, and says it', async (what, spec) => {
    const { looked, result } = await probe(spec);
    expect(looked).toBe(true);
    expect(result).toMatchObject({ outcome: 'NotProbed', message: `${what}: only s3 can be probed` });
  });

  test('of a Backup that does not exist has not looked', async () => {
    const { looked, complaint } = await probe(undefined);
    expect(looked).toBe(false);
    expect(complaint).toBe('Backup prod/orders does not exist\n');
  });
});
