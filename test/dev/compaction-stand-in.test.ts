import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMPACTION_ANNOTATION } from '../../dev/compaction-stand-in/compaction-script.js';
import { runCompactions } from '../../dev/compaction-stand-in/run-compactions.js';
import { readCompactBackup } from '../../src/kubernetes/compact-backups.js';
import { listItems } from '../../src/kubernetes/jobs.js';
import { COMPACT_BACKUPS, EVENTS } from '../../src/kubernetes/resources.js';
import { SeenEvent } from '../../dev/demo/observation.js';
import { waitFor } from '../e2e/wait-for.js';
import { startApiServer, type ApiServer } from '../kubernetes/api-server.js';

const NAMESPACE = 'shop';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer([NAMESPACE]);
});
afterAll(() => server?.stop());

async function createCompactBackup(name: string, annotations: Record<string, string>): Promise<void> {
  await server.admin.create(COMPACT_BACKUPS, NAMESPACE, {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'CompactBackup',
    metadata: { name, annotations },
    spec: { mode: 'sharded', shardCount: 2, br: { cluster: 'basic' } },
  });
}

const statusOf = async (name: string) =>
  (await readCompactBackup(server.admin, { namespace: NAMESPACE, name }))?.status;

test('acts CompactBackups that carry a script, says so in an Event, and leaves all others alone', async () => {
  const script = { [COMPACTION_ANNOTATION]: '{"seconds": 0.2}' };
  await createCompactBackup('plain', {});
  await createCompactBackup('before', script);
  const closing = new AbortController();
  const running = runCompactions({ api: server.admin, namespace: NAMESPACE, signal: closing.signal });
  await createCompactBackup('after', script);
  for (const name of ['before', 'after']) {
    const status = await waitFor(`${name} has ended`, async () => {
      const found = await statusOf(name);
      return found?.state === 'Complete' ? found : undefined;
    });
    expect(status.completedIndexes).toBe('0-1');
  }
  closing.abort();
  await running;
  expect(await statusOf('plain')).toEqual({});
  const events = listItems(await server.admin.list(EVENTS, { namespace: NAMESPACE })).map((event) =>
    SeenEvent.parse(event),
  );
  expect(events.map(({ involvedObject, reason }) => `${involvedObject.name} ${reason}`).sort()).toEqual([
    'after StandIn',
    'before StandIn',
  ]);
  expect(events[0]?.message).toContain('stand-in');
});

test('refuses a script that it cannot read', async () => {
  await createCompactBackup('misspelled', { [COMPACTION_ANNOTATION]: '{"second": 1}' });
  const { signal } = new AbortController();
  await expect(runCompactions({ api: server.admin, namespace: NAMESPACE, signal })).rejects.toThrow('second');
});
