import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliFailure } from '../../../src/cli/cli-failure.js';
import { run } from '../../../src/cli/commands/doctor.js';
import type { AppliedPlan } from '../../../src/cli/drills/drill-access.js';
import { StoreFailure } from '../../../src/storage/object-store.js';
import { drillPlan, storeWithBackups } from '../../workflows/drill-world.js';
import { ApiFailure } from '../../../src/kubernetes/api-failure.js';
import {
  BACKUP_PATH,
  backupObject,
  cliWorld,
  JOB_PATH,
  jobObject,
  NOW_MS,
  silentDrills,
} from '../cli-world.js';

const kind = (name: string, spec: object) => ({
  'x-kubernetes-group-version-kind': [{ kind: name }],
  properties: { spec },
});
const openapi = (backupSpec: object) => ({
  components: {
    schemas: {
      b: kind('Backup', backupSpec),
      t: kind('TidbCluster', {}),
      r: kind('Restore', { properties: { replicationConfig: {} } }),
      c: kind('CompactBackup', {}),
    },
  },
});
const documents = {
  '/version': { gitVersion: 'v1.35.4' },
  '/openapi/v3/apis/pingcap.com/v1alpha1': openapi({ 'x-kubernetes-preserve-unknown-fields': true }),
};
const ACCOUNT = '/api/v1/namespaces/prod/serviceaccounts/tidb-backup-manager';
const objects = { [BACKUP_PATH]: backupObject(), [ACCOUNT]: {} };
const openRun = async (workflowId: string) => ({ workflowId, runId: 'run-1' });
const unreachable = new CliFailure('Temporal at temporal.internal:7233 does not answer', { exitCode: 8 });
const silent = new ApiFailure({ operation: 'get /version', message: 'no answer: ECONNREFUSED' });

type Checks = { checks: { name: string; verdict: string; found: string; mend?: string }[] };

/** All that is not ok, `name: found`. */
function complaints(json: string): string[] {
  const { checks }: Checks = JSON.parse(json);
  return checks
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ verdict, name, found }) => `${verdict} ${name}: ${found}`);
}

test('all is well: exit code 0, and every check says what it found', async () => {
  const { deps, data, said } = cliWorld({ objects, documents, temporal: { openRun } });
  expect(await run({ output: 'table' }, deps)).toBe(0);
  expect(`\n${data()}\n`).toMatchInlineSnapshot(`
    "
    Temporal
      ok    server                              temporal.internal:7233 answers, namespace default exists
      ok    search attributes                   all registered
    Worker
      ok    task queue holdfast                 1 polling
      ok    task queue holdfast-kube-prod-eu    1 polling
      ok    task queue holdfast-watch-prod-eu   1 polling
      ok    watch                               workflow watch/prod-eu is open
    Kubernetes
      ok    server                              https://kubernetes.internal:6443 answers, v1.35.4
      ok    cluster                             called prod-eu, UID of kube-system kube-uid
      ok    CRD backups.pingcap.com             installed
      ok    CRD tidbclusters.pingcap.com        installed
      ok    spelling spec.mode                  kept by the CRD, beside spec.backupMode
      ok    status of Backups                   written with the object, as with the stock CRD
      ok    status of Restores                  written with the object, as with the stock CRD
      ok    replication restores                possible: the CRD keeps spec.replicationConfig
      ok    rights of a worker                  these credentials have all 43
      ok    TiDB Operator                       absent: Holdfast creates and retries the Jobs of log backups
    Backups
      ok    list                                1 Backups, 1 in mode log
      ok    ServiceAccount tidb-backup-manager  in all 1 namespaces with log backups
      ok    label holdfast.dev/managed          on 0 Backups
      ok    old failures                        none that are left alone
    Restores
      ok    list                                0 Restores
      ok    label holdfast.dev/managed          on 0 Restores
    "
  `);
  expect(said).toEqual(['22 checks: 0 failed, 0 to look at']);
});

describe('what is wrong is told, with exit code 1 for a failed check and 0 for a warning', () => {
  test('a missing search attribute fails, until --fix registers it', async () => {
    const registered: string[] = [];
    const temporal = {
      openRun,
      missingSearchAttributes: async () => ['HoldfastPhase'],
      registerSearchAttributes: async (names: readonly string[]) => {
        registered.push(...names);
      },
    };
    const before = cliWorld({ objects, documents, temporal });
    expect(await run({ output: 'json' }, before.deps)).toBe(1);
    expect(complaints(before.data())).toEqual(['fail search attributes: missing: HoldfastPhase']);
    expect(registered).toEqual([]);
    const fixed = cliWorld({ objects, documents, temporal });
    expect(await run({ output: 'json', fix: true }, fixed.deps)).toBe(0);
    expect(registered).toEqual(['HoldfastPhase']);
  });

  test('no worker, or one that polled long ago, and no watch', async () => {
    const pollers = async ({ name }: { name: string }) =>
      name === 'holdfast' ? [] : [{ identity: '1@host', lastPollMs: NOW_MS - 200_000 }];
    const { deps, data } = cliWorld({ objects, documents, temporal: { pollers } });
    expect(await run({ output: 'json' }, deps)).toBe(1);
    expect(complaints(data())).toEqual([
      'fail task queue holdfast: nobody polls it',
      'fail task queue holdfast-kube-prod-eu: last polled 3m20s ago',
      'fail task queue holdfast-watch-prod-eu: last polled 3m20s ago',
      'fail watch: workflow watch/prod-eu is not open: failures are not seen',
    ]);
  });

  test('a worker that holds the watch does not poll its queue, and none is missing until it falls silent', async () => {
    const pollers = async ({ name }: { name: string }) =>
      name.startsWith('holdfast-watch-') ? [] : [{ identity: '1@host', lastPollMs: NOW_MS - 5_000 }];
    const complaintsAfter = async (silenceMs: number) => {
      const activityHolder = async () => ({ identity: '1@host', lastHeartbeatMs: NOW_MS - silenceMs });
      const { deps, data } = cliWorld({ objects, documents, temporal: { openRun, pollers, activityHolder } });
      await run({ output: 'json' }, deps);
      return complaints(data());
    };
    expect(await complaintsAfter(2_000)).toEqual([]);
    expect(await complaintsAfter(60_000)).toEqual([
      'fail task queue holdfast-watch-prod-eu: nobody polls it',
    ]);
  });

  test('no drill host, where there are drill plans', async () => {
    const pollers = async ({ name }: { name: string }) =>
      name === 'holdfast-drill' ? [] : [{ identity: '1@host', lastPollMs: NOW_MS - 5_000 }];
    const found = async (count: number) => {
      const { deps, data } = cliWorld({ objects, documents, temporal: { openRun, pollers } });
      const { drills, ...temporal } = await deps.temporal();
      const plan = { plan: drillPlan(), paused: false, recent: [] };
      const plans = async () => Array.from({ length: count }, () => plan);
      await run(
        { output: 'json' },
        { ...deps, temporal: async () => ({ ...temporal, drills: { ...drills, plans } }) },
      );
      return complaints(data());
    };
    expect(await found(0)).toEqual([]);
    expect(await found(2)).toEqual(['fail task queue holdfast-drill: nobody polls it']);
  });

  test('missing CRDs', async () => {
    const { deps, data } = cliWorld({ objects, documents: {}, temporal: { openRun } });
    expect(await run({ output: 'json' }, deps)).toBe(1);
    expect(complaints(data())).toEqual([
      'fail CRD backups.pingcap.com: not installed',
      'fail CRD tidbclusters.pingcap.com: not installed',
      expect.stringMatching(/^warn replication restores: not possible: the CRDs .* are not both installed$/),
    ]);
  });

  test('a CRD that drops spec.replicationConfig is a warning: such Restores are refused', async () => {
    const { components } = openapi({ 'x-kubernetes-preserve-unknown-fields': true });
    const schemas = { ...components.schemas, r: kind('Restore', { properties: { br: {} } }) };
    const stable = { ...documents, '/openapi/v3/apis/pingcap.com/v1alpha1': { components: { schemas } } };
    const { deps, data } = cliWorld({ objects, documents: stable, temporal: { openRun } });
    expect(await run({ output: 'json' }, deps)).toBe(0);
    expect(complaints(data())).toEqual([
      expect.stringMatching(/^warn replication restores: refused: the CRD drops spec\.replicationConfig/),
    ]);
  });

  test('a CRD that drops spec.mode is a warning', async () => {
    const stock = { ...documents, '/openapi/v3/apis/pingcap.com/v1alpha1': openapi({ properties: {} }) };
    const { deps, data } = cliWorld({ objects, documents: stock, temporal: { openRun } });
    expect(await run({ output: 'json' }, deps)).toBe(0);
    expect(complaints(data())).toEqual([
      'warn spelling spec.mode: the CRD drops it: such a Backup is taken for mode snapshot',
    ]);
  });

  test('a CRD with a status subresource fails: what is written to a Backup would be lost', async () => {
    const resources = [{ name: 'backups' }, { name: 'backups/status' }];
    const discovered = { ...documents, '/apis/pingcap.com/v1alpha1': { resources } };
    const { deps, data } = cliWorld({ objects, documents: discovered, temporal: { openRun } });
    expect(await run({ output: 'json' }, deps)).toBe(1);
    expect(complaints(data())).toEqual([expect.stringMatching(/^fail status of Backups: a subresource/)]);
    expect(data()).toContain('kubectl patch crd backups.pingcap.com');
  });

  test('a CRD of Restores with one fails, too', async () => {
    const resources = [{ name: 'backups' }, { name: 'restores' }, { name: 'restores/status' }];
    const discovered = { ...documents, '/apis/pingcap.com/v1alpha1': { resources } };
    const { deps, data } = cliWorld({ objects, documents: discovered, temporal: { openRun } });
    expect(await run({ output: 'json' }, deps)).toBe(1);
    expect(complaints(data())).toEqual([expect.stringMatching(/^fail status of Restores: a subresource/)]);
    expect(data()).toContain('kubectl patch crd restores.pingcap.com');
  });

  test('missing rights are named', async () => {
    const { deps, data } = cliWorld({ objects, documents, temporal: { openRun }, refusedVerb: 'delete' });
    expect(await run({ output: 'json' }, deps)).toBe(1);
    expect(complaints(data())).toEqual([
      'fail rights of a worker: these credentials lack delete jobs.batch, delete pods, delete controllerrevisions.apps',
    ]);
  });

  test('a namespace without the ServiceAccount of the pods', async () => {
    const { deps, data } = cliWorld({
      objects: { [BACKUP_PATH]: backupObject() },
      documents,
      temporal: { openRun },
    });
    expect(await run({ output: 'json' }, deps)).toBe(1);
    expect(complaints(data())).toEqual(['fail ServiceAccount tidb-backup-manager: missing in prod']);
  });

  test('an old failure is a warning with its name', async () => {
    const job = jobObject({ ended: { type: 'Failed', at: '2025-01-01T00:00:00Z' } });
    const { deps, data } = cliWorld({
      objects: { ...objects, [JOB_PATH]: job },
      documents,
      temporal: { openRun },
    });
    expect(await run({ output: 'json' }, deps)).toBe(0);
    expect(complaints(data())).toEqual([
      'warn old failures: left alone, they failed before Holdfast saw them: prod/orders',
    ]);
  });

  test('Leases that cannot be listed make the operator present', async () => {
    const refused = new ApiFailure({ operation: 'list leases', status: 403, message: 'forbidden' });
    const leases = { '/apis/coordination.k8s.io/v1/leases': refused };
    const { deps, data } = cliWorld({ objects: { ...objects, ...leases }, documents, temporal: { openRun } });
    expect(await run({ output: 'json' }, deps)).toBe(0);
    expect(complaints(data())).toEqual([expect.stringMatching(/^warn TiDB Operator: taken to be present/)]);
  });
});

describe('TiDB Operator', () => {
  const LEASE = '/apis/coordination.k8s.io/v1/namespaces/tidb-admin/leases/tidb-controller-manager';
  const DEPLOYMENT = '/apis/apps/v1/namespaces/tidb-admin/deployments/tidb-controller-manager';
  const leased = { [LEASE]: { metadata: { name: 'tidb-controller-manager', namespace: 'tidb-admin' } } };
  const deployed = (...args: string[]) => ({
    ...leased,
    [DEPLOYMENT]: {
      spec: {
        template: {
          spec: { containers: [{ command: ['/usr/local/bin/tidb-controller-manager', ...args] }] },
        },
      },
    },
  });
  const labelled = {
    ...backupObject(),
    metadata: { ...backupObject().metadata, labels: { 'holdfast.dev/managed': 'true' } },
  };
  const examine = async (found: object) => {
    const world = cliWorld({ objects: { ...objects, ...found }, documents, temporal: { openRun } });
    expect(await run({ output: 'json' }, world.deps)).toBe(0);
    const { checks }: Checks = JSON.parse(world.data());
    return {
      operator: checks.find(({ name }) => name === 'TiDB Operator'),
      complaints: complaints(world.data()),
    };
  };

  test('is found with the selector that its Deployment gives it', async () => {
    const { operator, complaints } = await examine(deployed('-selector=holdfast.dev/managed!=true'));
    expect(operator?.found).toMatch(/^present: .*; its -selector is holdfast\.dev\/managed!=true$/);
    expect(complaints).toEqual([]);
  });

  test('without a Deployment is a warning: the label is trusted', async () => {
    const { complaints } = await examine(leased);
    expect(complaints).toEqual([
      expect.stringMatching(
        /^warn TiDB Operator: present: .*; its Deployment cannot be seen: .* is trusted$/,
      ),
    ]);
  });

  test('that sees a labelled Backup all the same is a warning with its name', async () => {
    const { complaints } = await examine({ ...deployed(), [BACKUP_PATH]: labelled });
    expect(complaints).toEqual([
      'warn label holdfast.dev/managed: TiDB Operator sees them all the same, they are its own: prod/orders',
    ]);
    const hidden = await examine({
      ...deployed('-selector=!holdfast.dev/managed'),
      [BACKUP_PATH]: labelled,
    });
    expect(hidden.complaints).toEqual([]);
  });

  test('that sees a labelled Restore all the same is a warning, too', async () => {
    const restore = { metadata: labelled.metadata, spec: {} };
    const path = '/apis/pingcap.com/v1alpha1/namespaces/prod/restores/orders';
    const { complaints } = await examine({ ...deployed(), [path]: restore });
    expect(complaints).toEqual([
      'warn label holdfast.dev/managed: TiDB Operator sees them all the same, they are its own: prod/orders',
    ]);
  });
});

describe('servers that do not answer', () => {
  test('Temporal alone is exit code 1: the cluster is examined all the same', async () => {
    const { deps, data } = cliWorld({ objects, documents, temporal: unreachable });
    expect(await run({ output: 'json' }, deps)).toBe(1);
    expect(complaints(data())).toEqual(['fail server: Temporal at temporal.internal:7233 does not answer']);
  });

  test('both are exit code 8', async () => {
    const { deps, data } = cliWorld({ temporal: unreachable });
    const kubernetes = async () => ({
      ...(await deps.kubernetes()),
      readDocument: async () => {
        throw silent;
      },
    });
    expect(await run({ output: 'json' }, { ...deps, kubernetes })).toBe(8);
    expect(complaints(data())).toHaveLength(2);
  });
});

describe('a computer that only drills', () => {
  const PLAN: AppliedPlan = { plan: drillPlan(), paused: false, recent: [] };
  let workDir: string;
  beforeAll(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'holdfast-work-'));
  });
  afterAll(() => rm(workDir, { recursive: true }));
  const hostWith = (environment: Record<string, string>, world: Parameters<typeof cliWorld>[0] = {}) =>
    cliWorld({
      environment: { HOLDFAST_ROLES: 'drill', HOLDFAST_WORK_DIR: workDir, ...environment },
      ...world,
    });
  const drillsWith = (plans: AppliedPlan[]) => ({ ...silentDrills(), plans: async () => plans });
  /** Which tools are installed is not what these tests are about. */
  const complaintsOf = (json: string) =>
    complaints(json).filter((line) => !/: (not found on PATH|does not run|not installed: .*)$/.test(line));

  test('needs neither Kubernetes nor orchestrator nor watch', async () => {
    const pollers = async ({ name }: { name: string }) =>
      name === 'holdfast-drill' ? [{ identity: '1@host', lastPollMs: NOW_MS - 5_000 }] : [];
    const temporal = { pollers, drills: drillsWith([PLAN]) };
    const { deps, data } = hostWith({}, { temporal, store: storeWithBackups() });
    const noKubeconfig = new CliFailure('the kubeconfig cannot be used', { exitCode: 2 });
    const kubernetes = () => Promise.reject(noKubeconfig);
    expect(await run({ output: 'json' }, { ...deps, kubernetes })).toBe(0);
    expect(complaintsOf(data())).toEqual([
      'warn task queue holdfast: nobody polls it',
      'skip server: HOLDFAST_ROLES=drill: drills need no Kubernetes',
    ]);
    expect(data()).toContain('"found": "3 backups"');
  });

  test('has to have its queue polled, before any plan is applied too', async () => {
    const { deps, data } = hostWith({}, { temporal: { pollers: async () => [], drills: drillsWith([]) } });
    expect(await run({ output: 'json' }, deps)).toBe(1);
    expect(complaintsOf(data())).toContain('fail task queue holdfast-drill: nobody polls it');
  });

  test('has to have a directory that it may write', async () => {
    const gone = join(workDir, 'gone');
    const { deps, data } = hostWith({ HOLDFAST_WORK_DIR: gone }, { temporal: { drills: drillsWith([]) } });
    expect(await run({ output: 'json' }, deps)).toBe(1);
    expect(complaintsOf(data())).toContainEqual(expect.stringMatching(/^fail work directory: ENOENT.*gone/));
  });

  test('is told where its limit does not keep the volume from being full, and where it is no size', async () => {
    const found = async (HOLDFAST_WORK_LIMIT: string) => {
      const { deps, data } = hostWith({ HOLDFAST_WORK_LIMIT }, { temporal: { drills: drillsWith([]) } });
      await run({ output: 'json' }, deps);
      return complaintsOf(data()).filter((line) => line.includes('work directory'));
    };
    expect(await found('1Mi')).toEqual([]);
    expect(await found('900Ti')).toEqual([
      expect.stringMatching(/^warn work directory: .* free; HOLDFAST_WORK_LIMIT allows 900\.0 TiB$/),
    ]);
    expect(await found('much')).toEqual(['fail work directory: HOLDFAST_WORK_LIMIT=much is no size']);
  });

  test('needs the tools of one kind of database, not of both', async () => {
    const path = process.env['PATH'];
    const tools = await mkdtemp(join(workDir, 'tools-'));
    process.env['PATH'] = tools;
    try {
      for (const program of ['xtrabackup', 'mysqld', 'mysql', 'innochecksum', 'zstd']) {
        await writeFile(join(tools, program), '#!/bin/sh\necho "Ver 8.4.3"\n', { mode: 0o755 });
      }
      const { deps, data } = hostWith({}, { temporal: { drills: drillsWith([]) } });
      await run({ output: 'json' }, deps);
      const absent = complaints(data()).filter((line) => /not (found|installed)/.test(line));
      expect(absent).toEqual([
        'skip mariadb-backup: not installed: drills of backups of MariaDB are inconclusive here',
        'warn mysqlbinlog: not found on PATH',
      ]);
    } finally {
      process.env['PATH'] = path;
    }
  });

  test('is told of tools that are not there, as a warning', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = workDir;
    try {
      const { deps, data } = hostWith({}, { temporal: { drills: drillsWith([]) } });
      expect(await run({ output: 'json' }, deps)).toBe(0);
      expect(complaints(data())).toEqual(
        expect.arrayContaining(['warn mariadb-backup: not found on PATH', 'warn zstd: not found on PATH']),
      );
    } finally {
      process.env['PATH'] = path;
    }
  });

  test('has to know for which cluster', async () => {
    const { deps, data } = hostWith({}, { temporal: { drills: drillsWith([]) } });
    const kubernetes = () => Promise.reject(new CliFailure('no kubeconfig', { exitCode: 2 }));
    const settings = { ...deps.settings, cluster: undefined };
    expect(await run({ output: 'json' }, { ...deps, settings, kubernetes })).toBe(1);
    expect(complaintsOf(data())).toContainEqual(expect.stringMatching(/^fail cluster: .*HOLDFAST_CLUSTER/));
  });

  test('exits with 8 where Temporal does not answer', async () => {
    expect(await run({ output: 'json' }, hostWith({}, { temporal: unreachable }).deps)).toBe(8);
  });
});

describe('the store of a plan', () => {
  const temporal = {
    openRun,
    drills: { ...silentDrills(), plans: async () => [{ plan: drillPlan(), paused: false, recent: [] }] },
  };

  const refused = async (environment: Record<string, string>) => {
    const { deps, data } = cliWorld({ objects, documents, temporal });
    const openStore = async () => {
      throw new StoreFailure('AccessDenied', 'list s3://shop/orders/ failed: 403');
    };
    const exitCode = await run(
      { output: 'json' },
      { ...deps, settings: { ...deps.settings, environment }, openStore },
    );
    return { exitCode, stores: complaints(data()).filter((line) => line.includes('store of plan')) };
  };

  test('that refuses is a failed check on a drill host, with what to look at', async () => {
    expect(await refused({ HOLDFAST_ROLES: 'orchestrator,drill' })).toEqual({
      exitCode: 1,
      stores: ['fail store of plan orders: list s3://shop/orders/ failed: 403'],
    });
  });

  test('that cannot be read from a computer that drills nothing is no complaint', async () => {
    expect(await refused({})).toEqual({
      exitCode: 0,
      stores: ['skip store of plan orders: from this computer: list s3://shop/orders/ failed: 403'],
    });
  });
});
