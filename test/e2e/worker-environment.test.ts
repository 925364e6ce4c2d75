import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../../dev/processes/free-ports.js';
import { watchWorkflowId } from '../../src/domain/names.js';
import { SUCCEEDING_POD } from './backup-manifest.js';
import { startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import { jobRunsOf } from './observations.js';
import { createTcpRelay, type TcpRelay } from './tcp-relay.js';
import { waitFor } from './wait-for.js';
import { HOLDFAST, startWorker, type WorkerOptions, type WorkerProcess } from './worker-process.js';

/** A worker ends this soon after SIGTERM. */
const END_MS = 5_000;
/** Another worker has its watch this soon after. */
const TAKE_OVER_MS = 15_000;

let world: HoldfastWorld;

beforeAll(async () => {
  world = await startHoldfastWorld();
});

afterAll(async () => {
  await world?.stop();
});

const started: string[] = [];
const relays: TcpRelay[] = [];

afterEach(async () => {
  for (const name of started.splice(0)) await world.stack.group.stopServer(name);
  for (const relay of relays.splice(0)) await relay.cut();
});

async function start({ name, env, ...options }: WorkerOptions): Promise<WorkerProcess> {
  started.push(name);
  return startWorker(world.stack.group, { name, env: { ...world.stack.env, ...env }, ...options });
}

/** A closed relay to a server of the stack, and its address. */
async function relayTo(target: string): Promise<{ relay: TcpRelay; address: string }> {
  const [port = 0] = await freePorts(1);
  const relay = createTcpRelay({ port, target });
  relays.push(relay);
  return { relay, address: `127.0.0.1:${port}` };
}

/** Runs a command that is to end by itself. */
function runHoldfast(command: 'worker' | 'doctor', env: Readonly<Record<string, string>>) {
  const given = { PATH: process.env['PATH'], HOME: world.stack.folder, ...world.stack.env, ...env };
  return execa(process.execPath, [HOLDFAST, command], {
    env: given,
    extendEnv: false,
    reject: false,
    timeout: 20_000,
  });
}

describe('an environment that cannot be used', () => {
  test('is told with every problem at once, by name and value, and exit code 2', async () => {
    const wrong = {
      KUBECONFIG: '/nowhere/kubeconfig',
      HOLDFAST_ROLES: 'orchestrator,chef',
      HOLDFAST_TIDB_OPERATOR: 'maybe',
      HOLDFAST_LISTEN: 'nowhere',
      HOLDFAST_LOG_LEVEL: 'loud',
      HOLDFAST_CLUSTER: 'with a blank',
    };
    const { exitCode, stderr, stdout } = await runHoldfast('worker', {
      ...wrong,
      TEMPORAL_PROFILE: 'nobody',
    });
    expect(exitCode).toBe(2);
    for (const [name, value] of Object.entries(wrong)) {
      expect(stderr).toMatch(new RegExp(`${name}.*${value.split(',').at(-1)}`));
    }
    expect(stderr).toMatch(/TEMPORAL_.*nobody/);
    expect(stdout).toBe('');
  });

  test('names the contexts that there are, when the wanted one is missing', async () => {
    const { exitCode, stderr } = await runHoldfast('worker', { HOLDFAST_KUBE_CONTEXT: 'prod-eu' });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('prod-eu');
    expect(stderr).toContain(world.cluster);
  });

  test('tells that its port is taken, and ends', async () => {
    const holder = await start({ name: 'holder', env: {}, until: '/healthz' });
    const port = /"port":(\d+)/.exec(await holder.log())?.[1];
    const { exitCode, stderr, stdout } = await runHoldfast('worker', {
      HOLDFAST_LISTEN: `127.0.0.1:${port}`,
    });
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain(`127.0.0.1:${port}`);
  });
});

describe('a worker whose server does not answer', () => {
  for (const [what, server] of [
    ['the API server', 'kubernetes'],
    ['Temporal', 'temporal'],
  ] as const) {
    test(`waits for ${what}, says for whom and where, and works when it is there and there again`, async () => {
      const { relay, address, env } = await cutOff(server);
      const worker = await start({ name: `waits-for-${server}`, env, until: '/healthz' });
      const log = await waitFor('it names the address', async () => {
        const text = await worker.log();
        return text.includes('trying again') && text;
      });
      expect(log).toContain(address);
      const notReady = await worker.ask('/readyz');
      expect(notReady.status).toBe(503);
      expect(notReady.text).toContain(server === 'temporal' ? 'Temporal' : 'Kubernetes');
      expect(await worker.ask('/healthz')).toEqual({ status: 200, text: 'ok\n' });

      await relay.open();
      await waitFor('it is ready', async () => (await worker.ask('/readyz')).status === 200);
      expect((await worker.ask('/metrics')).text).toMatch(/^temporal_/m);
      await relay.cut();
      await waitFor('it says that it is not ready any more', async () => {
        const { status, text } = await worker.ask('/readyz');
        return status === 503 && text.includes(server === 'temporal' ? 'Temporal' : 'Kubernetes');
      });
      await relay.open();
      await waitFor('it is ready again', async () => (await worker.ask('/readyz')).status === 200);
    });
  }

  for (const server of ['kubernetes', 'temporal'] as const) {
    test(`ends at once with exit code 0 on SIGTERM while it waits for ${server}`, async () => {
      const { env } = await cutOff(server);
      const worker = await start({ name: `in-vain-${server}`, env, until: '/healthz' });
      await waitFor('it waits', async () => (await worker.log()).includes('trying again'));
      const askedMs = Date.now();
      expect(await worker.terminate()).toEqual({ code: 0, signal: null });
      expect(Date.now() - askedMs).toBeLessThan(END_MS);
    });
  }
});

/** The environment of a worker that reaches one of its servers only through a relay, which is closed. */
async function cutOff(server: 'kubernetes' | 'temporal') {
  if (server === 'temporal') {
    const { relay, address } = await relayTo(world.stack.env['TEMPORAL_ADDRESS'] ?? '');
    return { relay, address, env: { TEMPORAL_ADDRESS: address } };
  }
  const { controlPlane } = world.stack;
  const { relay, address } = await relayTo(new URL(controlPlane.url).host);
  const kubeconfig = await controlPlane.kubeconfigFor({
    user: 'holdfast-worker',
    server: `https://${address}`,
  });
  return { relay, address, env: { KUBECONFIG: kubeconfig } };
}

describe.each([
  { kind: 'Backups', plural: 'backups' },
  { kind: 'Restores', plural: 'restores' },
])('a CRD that would drop what is written to $kind', ({ kind, plural }) => {
  const CRD = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.pingcap.com`;

  /** Done when everybody can see it. */
  async function setStatusSubresource(there: boolean): Promise<void> {
    const value = there ? { status: {} } : {};
    const body = [{ op: 'add', path: '/spec/versions/0/subresources', value }];
    await world.call({ method: 'PATCH', path: CRD, body, contentType: 'application/json-patch+json' });
    await waitFor('discovery tells it', async () => {
      const found = await world.call({ method: 'GET', path: '/apis/pingcap.com/v1alpha1' });
      return JSON.stringify(found).includes(`"${plural}/status"`) === there;
    });
  }

  afterEach(() => setStatusSubresource(false));

  test('keeps a worker from starting, which says how to mend it, as the doctor does', async () => {
    await setStatusSubresource(true);
    const worker = await start({ name: `status-subresource-${plural}`, env: {}, until: '/healthz' });
    const mend = `kubectl patch crd ${plural}.pingcap.com`;
    await waitFor('it says why', async () => (await worker.log()).includes(mend));
    expect((await worker.ask('/readyz')).status).toBe(503);
    const doctor = await runHoldfast('doctor', {});
    expect(doctor.exitCode).toBe(1);
    expect(doctor.stdout).toMatch(new RegExp(`fail +status of ${kind} +a subresource`));
    expect(doctor.stdout).toContain(mend);
    await setStatusSubresource(false);
    await waitFor('it works', async () => (await worker.ask('/readyz')).status === 200);
  });
});

describe('two workers', () => {
  test('share one watch: SIGTERM ends the one that has it with exit code 0, the other takes it over', async () => {
    const first = await start({ name: 'first', env: {} });
    await waitFor('the first has the watch', async () => (await watcherPid()) === first.pid(), TAKE_OVER_MS);
    const second = await start({ name: 'second', env: {} });
    expect(await watcherPid()).toBe(first.pid());

    const askedMs = Date.now();
    expect(await first.terminate()).toEqual({ code: 0, signal: null });
    expect(Date.now() - askedMs).toBeLessThan(END_MS);
    await waitFor(
      'the second has the watch',
      async () => (await watcherPid()) === second.pid(),
      TAKE_OVER_MS,
    );
    await world.createBackup({ name: 'taken-over', script: [SUCCEEDING_POD] });
    await waitFor(
      'the Backup is seen',
      () => jobRunsOf(world.journal, 'taken-over').length === 1,
      TAKE_OVER_MS,
    );
  });
});

/** The process that runs the watch's activity; the SDK names itself `pid@host`. */
async function watcherPid(): Promise<number | undefined> {
  const { raw } = await world.temporal.workflow.getHandle(watchWorkflowId(world.cluster)).describe();
  const [watch] = raw.pendingActivities ?? [];
  const running = watch?.lastStartedTime != null && watch.lastHeartbeatTime != null;
  return running ? Number(watch.lastWorkerIdentity?.split('@')[0]) : undefined;
}

describe('what a worker tells', () => {
  test('is one JSON object a line, with level, time and message', async () => {
    const worker = await start({ name: 'json', env: { HOLDFAST_LOG_FORMAT: 'json' } });
    const lines = (await worker.log()).trimEnd().split('\n');
    const entries = lines.map((line): unknown => JSON.parse(line));
    for (const entry of entries) {
      expect(entry).toMatchObject({
        level: expect.stringMatching(/^(info|warn)$/),
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        msg: expect.any(String),
      });
    }
    expect(entries).toContainEqual(expect.objectContaining({ msg: 'working', cluster: world.cluster }));
  });

  test('is lines for people where that is asked for', async () => {
    const worker = await start({ name: 'pretty', env: { HOLDFAST_LOG_FORMAT: 'pretty' } });
    const log = await waitFor('the log says so', async () => {
      const text = await worker.log();
      return text.includes('working') && text;
    });
    expect(log).toMatch(/INFO.*: working\n/);
    expect(log).not.toContain('"msg"');
  });

  test('as metrics is its own and those of the Temporal SDK, on one page', async () => {
    const worker = await start({ name: 'measured', env: {} });
    const expected = [
      /^holdfast_watch_objects\{resource="backups",cluster="[^"]+"\} \d/m,
      /^holdfast_watch_last_event_timestamp_seconds\{resource="jobs",cluster="[^"]+"\} \d/m,
      /^temporal_\w+\{.*task_queue="holdfast".*\} \d/m,
    ];
    const text = await waitFor('the watch has listed, and the SDK counts', async () => {
      const metrics = await worker.ask('/metrics');
      return expected.every((line) => line.test(metrics.text)) && metrics.text;
    });
    const helps = [...text.matchAll(/^# HELP (\S+)/gm)].map(([, name]) => name);
    expect(new Set(helps).size).toBe(helps.length);
  });
});
