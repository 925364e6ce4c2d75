import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiServer, type ApiServer } from '../../kubernetes/api-server.js';
import { interceptedApi } from '../../kubernetes/intercepted-api.js';
import { createBackup, createJob, endJob, logStart, startWatch, type Watch } from './watch-world.js';

let server: ApiServer;
const running: Watch[] = [];
beforeAll(async () => {
  server = await startApiServer(['shop']);
});
afterAll(async () => {
  for (const watch of running) await watch.stop();
  await server?.stop();
});

test('what happened while the API server was away is nudged when it is back', async () => {
  let returned: Promise<void> | undefined;
  // The watch finds its way back only when the failure has happened, whatever the machine is busy with.
  const api = interceptedApi(server.worker, {
    before: async ({ verb }) => {
      if (verb === 'watch' || verb === 'list') await returned;
    },
  });
  const backupOf = (name: string) =>
    createBackup(server, { namespace: 'shop', name }, { status: logStart('Running') });
  const job = await createJob(server, await backupOf('orders'));
  const before = await createJob(server, await backupOf('failed-before'));
  await endJob(server, before, { type: 'Failed' });
  const watch = startWatch(server, { namespaces: ['shop'], api });
  running.push(watch);
  await watch.nudged('failed-before');

  let openWay: () => void = () => undefined;
  returned = new Promise<void>((resolve) => (openWay = resolve));
  const beats = watch.heartbeats();
  await server.group.killHard('kube-apiserver');
  await server.group.restart('kube-apiserver');
  await endJob(server, job, { type: 'Failed' });
  openWay();

  await watch.nudged('orders');
  // A list after the return may nudge for the old failure again: nudges only say "look".
  expect(new Set(watch.names())).toEqual(new Set(['failed-before', 'orders']));
  expect(watch.heartbeats()).toBeGreaterThan(beats);
});
