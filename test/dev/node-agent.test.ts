import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installHoldfast } from '../../dev/stack/install.js';
import { z } from 'zod';
import { eventually, startWorld, type SeenPod, type World } from './node-agent-world.js';

const SCRIPT = 'node-agent.holdfast.dev/script';
const FOR_EVER = 'setInterval(() => undefined, 1000);';

let world: World;

beforeAll(async () => {
  world = await startWorld();
}, 120_000);

afterAll(async () => {
  await world.stop();
});

async function podWhere(job: string, holds: (pod: SeenPod) => boolean): Promise<SeenPod> {
  return await eventually(`the pod of Job ${job} is not as expected`, async () => {
    const pod = await world.podOf(job);
    return pod !== undefined && holds(pod) && pod;
  });
}

async function runningPod(job: string): Promise<SeenPod> {
  return await podWhere(job, ({ status }) => status.phase === 'Running');
}

async function jobToBe(name: string, condition: string): Promise<void> {
  await eventually(`Job ${name} is not ${condition}`, async () =>
    (await world.jobConditions(name))?.includes(condition),
  );
}

function endOf(pod: SeenPod | undefined) {
  return pod?.status.containerStatuses[0]?.state.terminated;
}

async function deleteObject(path: string, body: object = {}): Promise<void> {
  await world.call({ method: 'DELETE', path, body: { apiVersion: 'v1', kind: 'DeleteOptions', ...body } });
}

/** A file below the group's folder that a process of a pod can write to and the test can read. */
function markerFile(name: string): string {
  return path.join(world.group.folder, name);
}

async function pidIn(file: string): Promise<number> {
  return await eventually(
    `no pid in ${file}`,
    async () => existsSync(file) && Number(await readFile(file, 'utf8')),
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a pod whose image is in the table', () => {
  test('runs to Complete, and kubectl logs shows what it printed', async () => {
    await world.createJob({ name: 'prints', args: ['-e', 'console.log("one\\ntwo\\nthree")'] });
    await jobToBe('prints', 'Complete');
    expect((await world.kubectl('logs', 'job/prints')).stdout).toBe('one\ntwo\nthree');
    expect((await world.kubectl('logs', 'job/prints', '--tail=1')).stdout).toBe('three');
    expect((await world.kubectl('logs', 'job/prints', '--limit-bytes=5')).stdout).toBe('one\nt');
    expect((await world.kubectl('logs', 'job/prints', '--previous')).stderr).toContain('not found');
    expect((await world.kubectl('get', 'node', 'holdfast-dev-node', '--show-labels')).stdout).toMatch(
      / Ready .*holdfast.dev\/stand-in=node-agent/,
    );
  });

  test('is followed by kubectl logs -f until it ends', async () => {
    const release = markerFile('release');
    const waitForFile = `const w = setInterval(() => { if (require('fs').existsSync('${release}')) { console.log('last'); clearInterval(w) } }, 20)`;
    await world.createJob({ name: 'followed', args: ['-e', `console.log('first'); ${waitForFile}`] });
    await runningPod('followed');
    const following = world.kubectl('logs', '-f', 'job/followed');
    await world.kubectl('create', 'configmap', 'unrelated'); // some time of the API server passes while it follows
    await writeFile(release, '');
    expect((await following).stdout).toBe('first\nlast');
  });

  test('fails its Job with the exit code of its process', async () => {
    await world.createJob({ name: 'exits-3', args: ['-e', 'process.exit(3)'] });
    await jobToBe('exits-3', 'Failed');
    expect(endOf(await world.podOf('exits-3'))).toEqual({ exitCode: 3, reason: 'Error' });
  });

  test("reaches the API as its own ServiceAccount and sees nothing of the agent's environment", async () => {
    const script = `
      const fs = require('fs');
      const token = /token: (\\S+)/.exec(fs.readFileSync(process.env.KUBECONFIG, 'utf8'))[1];
      const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
      console.log(JSON.stringify({ sub: claims.sub, pod: claims['kubernetes.io'].pod.name, me: process.env.ME,
        names: Object.keys(process.env).sort(), cwd: process.cwd(), mode: fs.statSync(process.env.KUBECONFIG).mode & 0o777 }));`;
    const env = [{ name: 'ME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
    await world.createJob({ name: 'who-am-i', args: ['-e', script], container: { env } });
    await jobToBe('who-am-i', 'Complete');
    const pod = await world.podOf('who-am-i');
    expect(JSON.parse((await world.kubectl('logs', 'job/who-am-i')).stdout)).toEqual({
      sub: 'system:serviceaccount:default:default',
      pod: pod?.metadata.name,
      me: pod?.metadata.name,
      names: ['HOLDFAST_PROCESS_GROUP', 'HOME', 'HOSTNAME', 'KUBECONFIG', 'ME', 'PATH', 'TMPDIR'],
      cwd: path.join(world.group.folder, 'node-agent', 'pods', pod?.metadata.uid ?? '', 'home'),
      mode: 0o600,
    });
  });

  test('gets the stand-in of BR from its init container, scripted by the annotation of its attempt', async () => {
    const script =
      "const { status } = require('child_process').spawnSync(process.env.HOLDFAST_BR_BIN, ['log', 'start', '--task-name=demo', '--storage=s3://bucket', '--pd=pd:2379'], { stdio: 'inherit' }); process.exit(status)";
    const mount = { volumeMounts: [{ name: 'br-bin', mountPath: '/var/lib/br-bin' }] };
    const command = ['/bin/sh', '-c', "cp /br /var/lib/br-bin/br; echo 'BR copy finished'"];
    await world.createJob({
      name: 'with-br',
      args: ['-e', script],
      container: mount,
      podLabels: { 'holdfast.dev/attempt': '1' },
      podAnnotations: { [SCRIPT]: '[{"br":"ok"},{"br":"task-exists"}]' },
      podSpec: {
        volumes: [{ name: 'br-bin', emptyDir: {} }],
        initContainers: [{ name: 'br', image: 'pingcap/br:v8.5.0', command, ...mount }],
      },
    });
    await jobToBe('with-br', 'Failed');
    expect(endOf(await world.podOf('with-br'))).toEqual({ exitCode: 1, reason: 'Error' });
    const { stdout } = await world.kubectl('logs', 'job/with-br', '-c', 'main');
    expect(stdout).toContain('This is a stand-in for BR');
    expect(stdout).toContain('ErrStreamLogTaskExist');
    expect((await world.kubectl('logs', 'job/with-br', '-c', 'br')).stdout).toContain('BR copy finished');
  });
});

describe('a pod that cannot start', () => {
  test('waits with ErrImagePull when its image is not in the table', async () => {
    await world.createJob({ name: 'no-image', image: 'registry.example/nothing:1', args: [] });
    const pod = await podWhere(
      'no-image',
      ({ status }) => status.containerStatuses[0]?.state.waiting !== undefined,
    );
    expect(pod.status.phase).toBe('Pending');
    expect(pod.status.containerStatuses[0]?.state.waiting?.reason).toMatch(
      /^(ErrImagePull|ImagePullBackOff)$/,
    );
  });

  test('waits for a missing Secret and starts when it is there', async () => {
    const valueFrom = { secretKeyRef: { name: 's3-secret', key: 'access_key' } };
    const container = { env: [{ name: 'ACCESS', valueFrom }] };
    await world.createJob({
      name: 'no-secret',
      args: ['-e', 'process.exit(process.env.ACCESS === "k" ? 0 : 1)'],
      container,
    });
    const pod = await podWhere('no-secret', ({ status }) => {
      return status.containerStatuses[0]?.state.waiting?.reason === 'CreateContainerConfigError';
    });
    expect(pod.status.containerStatuses[0]?.state.waiting?.message).toBe('secret "s3-secret" not found');
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's3-secret' },
      stringData: { access_key: 'k' },
    };
    await world.createObject('/api/v1/namespaces/default/secrets', secret);
    await jobToBe('no-secret', 'Complete');
  });

  test('fails with StartError when its program does not exist', async () => {
    await world.createJob({ name: 'no-program', args: [], container: { command: ['/no/such/program'] } });
    await jobToBe('no-program', 'Failed');
    expect(endOf(await world.podOf('no-program'))).toEqual({ exitCode: 128, reason: 'StartError' });
  });
});

describe('an OOM kill', () => {
  test('on demand ends the whole process group: exit code 137, reason OOMKilled, Job Failed', async () => {
    const file = markerFile('oom-grandchild');
    const child = `const c = require('child_process').spawn(process.execPath, ['-e', '${FOR_EVER}']); require('fs').writeFileSync('${file}', String(c.pid)); ${FOR_EVER}`;
    await world.createJob({ name: 'oom', args: ['-e', child] });
    const { metadata } = await runningPod('oom');
    const grandchild = await pidIn(file);
    expect(await world.fault('oom-kill', { namespace: 'default', pod: metadata.name })).toBe(204);
    await jobToBe('oom', 'Failed');
    expect(endOf(await world.podOf('oom'))).toEqual({ exitCode: 137, reason: 'OOMKilled' });
    await eventually('the grandchild still runs', async () => !isAlive(grandchild));
  });

  test('by script comes the given time after the start', async () => {
    const podAnnotations = { [SCRIPT]: JSON.stringify([{ kind: 'process', oomKillAfterMs: 100 }]) };
    await world.createJob({ name: 'oom-scripted', args: ['-e', FOR_EVER], podAnnotations });
    await jobToBe('oom-scripted', 'Failed');
    expect(endOf(await world.podOf('oom-scripted'))).toEqual({ exitCode: 137, reason: 'OOMKilled' });
  });

  test('is refused for a pod without a process, and for a body that makes no sense', async () => {
    expect(await world.fault('oom-kill', { namespace: 'default', pod: 'nobody' })).toBe(404);
    expect(await world.fault('oom-kill', { pod: 7 })).toBe(400);
  });
});

describe('deletion', () => {
  test('sends SIGTERM and lets the process end in its grace', async () => {
    const file = markerFile('graceful');
    const onTerm = `process.on('SIGTERM', () => { require('fs').writeFileSync('${file}.term', 'x'); process.exit(0) }); require('fs').writeFileSync('${file}', String(process.pid)); ${FOR_EVER}`;
    await world.createJob({ name: 'graceful', args: ['-e', onTerm] });
    const pod = await runningPod('graceful');
    await pidIn(file);
    await deleteObject('/apis/batch/v1/namespaces/default/jobs/graceful', {
      propagationPolicy: 'Foreground',
    });
    await eventually(
      'the Job is still there',
      async () => (await world.jobConditions('graceful')) === undefined,
    );
    expect(existsSync(`${file}.term`)).toBe(true);
    await eventually('the folder of the pod is still there', async () => {
      return !(await readdir(path.join(world.group.folder, 'node-agent', 'pods'))).includes(pod.metadata.uid);
    });
  });

  test('kills a process that ignores SIGTERM when the grace is over, not before', async () => {
    const file = markerFile('stubborn');
    const ignore = `process.on('SIGTERM', () => undefined); require('fs').writeFileSync('${file}', String(process.pid)); ${FOR_EVER}`;
    await world.createJob({
      name: 'stubborn',
      args: ['-e', ignore],
      podSpec: { terminationGracePeriodSeconds: 1 },
    });
    const { metadata } = await runningPod('stubborn');
    const pid = await pidIn(file);
    const startedMs = Date.now();
    await deleteObject(`/api/v1/namespaces/default/pods/${metadata.name}`);
    await eventually('the process still runs', async () => !isAlive(pid));
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(1000);
    await jobToBe('stubborn', 'Failed');
  });

  test('of a finished Job with foreground propagation takes milliseconds', async () => {
    const names = ['gone-0', 'gone-1', 'gone-2', 'gone-3', 'gone-4'];
    for (const name of names) await world.createJob({ name, args: ['-e', 'process.exit(1)'] });
    for (const name of names) await jobToBe(name, 'Failed');
    const tookMs: number[] = [];
    for (const name of names) {
      const startedMs = performance.now();
      await deleteObject(`/apis/batch/v1/namespaces/default/jobs/${name}`, {
        propagationPolicy: 'Foreground',
      });
      await eventually('the Job is still there', async () => (await world.jobConditions(name)) === undefined);
      tookMs.push(Math.round(performance.now() - startedMs));
    }
    console.log(`foreground deletion of a finished Job: ${tookMs.join(', ')} ms`);
    expect(Math.min(...tookMs)).toBeLessThan(1000);
  });

  test('hangs while the fault is on and goes through when it is released', async () => {
    await world.createJob({ name: 'hangs', args: ['-e', FOR_EVER] });
    const { metadata } = await runningPod('hangs');
    const target = { namespace: 'default', pod: metadata.name };
    await world.fault('hang-termination', target);
    await deleteObject(`/api/v1/namespaces/default/pods/${metadata.name}`);
    // Kubernetes 1.35 withholds Failed while the pod hangs.
    await jobToBe('hangs', 'FailureTarget');
    expect(await world.jobConditions('hangs')).not.toContain('Failed');
    await world.fault('hang-termination', { ...target, hang: false });
    await jobToBe('hangs', 'Failed');
  });
});

describe('a scripted pod', () => {
  test('runs no process, writes its Backup as the manager would and ends with its exit code', async () => {
    await installHoldfast(world.controlPlane);
    const backups = '/apis/pingcap.com/v1alpha1/namespaces/default/backups';
    const backup = {
      apiVersion: 'pingcap.com/v1alpha1',
      kind: 'Backup',
      metadata: { name: 'demo' },
      spec: { backupMode: 'log' },
    };
    await eventually('the CRD is not served', () =>
      world.createObject(backups, backup).then(
        () => true,
        () => false,
      ),
    );
    const script = [
      { kind: 'scripted', exitCode: 1, oomKilled: true, crWrites: ['Prepare', 'Running'] },
      { kind: 'scripted', afterMs: 50, crWrites: ['Prepare', 'Running', 'Complete'] },
    ];
    const args = [
      'backup',
      '--namespace=default',
      '--backupName=demo',
      '--mode=log',
      '--subcommand=log-start',
    ];
    const podAnnotations = { [SCRIPT]: JSON.stringify(script) };
    const seen = async () => {
      const status = z.looseObject({
        phase: z.string(),
        logSubCommandStatuses: z.unknown(),
        commitTs: z.string().optional(),
      });
      return z.object({ status }).parse(await world.call({ method: 'GET', path: `${backups}/demo` })).status;
    };
    await world.createJob({ name: 'acted-0', args, podAnnotations });
    await jobToBe('acted-0', 'Failed');
    expect(endOf(await world.podOf('acted-0'))).toEqual({ exitCode: 137, reason: 'OOMKilled' });
    expect(await seen()).toMatchObject({
      phase: 'Running',
      logSubCommandStatuses: { 'log-start': { phase: 'Running' } },
    });

    await world.createJob({
      name: 'acted-1',
      args,
      podAnnotations,
      podLabels: { 'holdfast.dev/attempt': '7' },
    });
    await jobToBe('acted-1', 'Complete');
    const status = await seen();
    expect(status).toMatchObject({
      phase: 'Running',
      logSubCommandStatuses: { 'log-start': { phase: 'Complete' } },
    });
    expect(status.commitTs).toMatch(/^\d{18,}$/);
    expect((await world.kubectl('logs', 'job/acted-1')).stdout).toContain('no process runs');
  });

  test('plays each half of a replication restore and its cleaning up, and writes what their managers would', async () => {
    await installHoldfast(world.controlPlane);
    const restores = '/apis/pingcap.com/v1alpha1/namespaces/default/restores';
    const restore = {
      apiVersion: 'pingcap.com/v1alpha1',
      kind: 'Restore',
      metadata: { name: 'demo' },
      spec: { restoreMode: 'pitr' },
    };
    await eventually('the CRD is not served', () =>
      world.createObject(restores, restore).then(
        () => true,
        () => false,
      ),
    );
    const seen = async () =>
      z
        .looseObject({
          status: z.looseObject({ conditions: z.array(z.looseObject({ type: z.string() })) }).optional(),
        })
        .parse(await world.call({ method: 'GET', path: `${restores}/demo` })).status;
    const podAnnotations = {
      [SCRIPT]: JSON.stringify([
        { kind: 'scripted', crWrites: ['Running', 'Complete'] },
        { kind: 'scripted', crWrites: ['Running', 'Failed'], exitCode: 1 },
        { kind: 'scripted', crWrites: ['Running', 'Complete'] },
      ]),
    };
    const target = ['restore', '--namespace=default', '--restoreName=demo', '--mode=pitr'];
    await world.createJob({ name: 'half-1', args: [...target, '--replicationPhase=1'], podAnnotations });
    await jobToBe('half-1', 'Complete');
    expect(await seen()).toBeUndefined();
    await world.createJob({ name: 'half-2', args: [...target, '--replicationPhase=2'], podAnnotations });
    await jobToBe('half-2', 'Failed');
    expect(await seen()).toMatchObject({
      phase: 'Failed',
      conditions: [{ type: 'Running' }, { type: 'Failed' }],
    });
    await world.createJob({ name: 'prune', args: [...target, '--abort=true'], podAnnotations });
    await jobToBe('prune', 'Complete');
    expect((await seen())?.conditions.map(({ type }) => type)).toEqual([
      'Running',
      'Failed',
      'PruneRunning',
      'PruneComplete',
    ]);
  });

  test('is refused with the reason when its annotation makes no sense', async () => {
    await world.createJob({
      name: 'nonsense',
      args: [],
      podAnnotations: { [SCRIPT]: '[{"kind":"scripted","exitcode":1}]' },
    });
    await jobToBe('nonsense', 'Failed');
    const { stdout } = await world.kubectl(
      'get',
      'pods',
      '-l',
      'batch.kubernetes.io/job-name=nonsense',
      '-o',
      'jsonpath={..status.message}',
    );
    expect(stdout).toContain('wrong script annotation');
  });
});

describe('trouble', () => {
  test('a lost node makes its Job FailureTarget, and the process is ended when the node is back', async () => {
    const file = markerFile('on-lost-node');
    const tolerations = ['not-ready', 'unreachable'].map((taint) => {
      const key = `node.kubernetes.io/${taint}`;
      return { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 };
    });
    const script = `require('fs').writeFileSync('${file}', String(process.pid)); ${FOR_EVER}`;
    await world.createJob({ name: 'on-lost-node', args: ['-e', script], podSpec: { tolerations } });
    await runningPod('on-lost-node');
    const pid = await pidIn(file);
    await world.fault('node-lost', { lost: true });
    await jobToBe('on-lost-node', 'FailureTarget');
    expect(isAlive(pid)).toBe(true);
    expect(await world.jobConditions('on-lost-node')).not.toContain('Failed');
    await world.fault('node-lost', { lost: false });
    await jobToBe('on-lost-node', 'Failed');
    await eventually('the process still runs', async () => !isAlive(pid));
    await eventually('the node is not ready', async () => {
      return / Ready /.test((await world.kubectl('get', 'node', 'holdfast-dev-node')).stdout);
    });
  });

  test('the agent survives a restart of the API server', async () => {
    await world.group.restart('kube-apiserver');
    await eventually('Job not created', () =>
      world.createJob({ name: 'after-restart', args: ['-e', ''] }).then(
        () => true,
        () => false,
      ),
    );
    await jobToBe('after-restart', 'Complete');
    expect(endOf(await world.podOf('after-restart'))).toEqual({ exitCode: 0, reason: 'Completed' });
  });

  test('an agent killed by kill -9 leaves no process behind, and its successor calls the pod lost', async () => {
    const file = markerFile('orphan');
    const script = `require('fs').writeFileSync('${file}', String(process.pid)); ${FOR_EVER}`;
    await world.createJob({ name: 'orphan', args: ['-e', script] });
    await runningPod('orphan');
    const pid = await pidIn(file);
    world.group.kill('node-agent', 'SIGKILL');
    await world.group.exited('node-agent');
    await eventually('the process still runs', async () => !isAlive(pid));
    await world.group.restart('node-agent');
    await jobToBe('orphan', 'Failed');
    expect(endOf(await world.podOf('orphan'))).toEqual({ exitCode: 137, reason: 'ContainerStatusUnknown' });
  });

  test('on SIGTERM the agent ends the processes of its pods and then itself', async () => {
    const file = markerFile('last');
    const script = `require('fs').writeFileSync('${file}', String(process.pid)); ${FOR_EVER}`;
    await world.createJob({ name: 'last', args: ['-e', script] });
    const pid = await pidIn(file);
    world.group.kill('node-agent', 'SIGTERM');
    expect(await world.group.exited('node-agent')).toEqual({ code: 0, signal: null });
    await eventually('the process still runs', async () => !isAlive(pid));
  });
});
