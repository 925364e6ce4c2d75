import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { createProcessGroup } from '../../dev/processes/process-group.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import { startControlPlane } from '../../dev/stack/control-plane.js';
import { installBackupNamespace, installHoldfast } from '../../dev/stack/install.js';
import { createKubernetesApi, type KubernetesApi } from '../../src/kubernetes/api.js';
import { loadConnection } from '../../src/kubernetes/connection.js';
import type { PodDependenciesWithApi } from '../../src/backup-manager/pod-work.js';
import type { Backup } from '../../src/domain/backup/backup.js';
import { readBackup } from '../../src/kubernetes/backups.js';
import type { ObjectReference, ResourceType } from '../../src/kubernetes/resources.js';

const program = fileURLToPath(new URL('../../dist/backup-manager/main.js', import.meta.url));
/** BR as the local stack has it. */
const BR_STAND_IN = fileURLToPath(new URL('../../dev/br-stand-in/br.mjs', import.meta.url));

/** Long enough to be asked to end, and not for ever where the test fails. */
export const WAITS = 'setTimeout(() => process.exit(9), 90_000);';
/** What BR does when it is asked to end. */
export const ENDS_ON_SIGTERM = `process.on('SIGTERM', () => { console.error('Error: context canceled'); process.exit(1); });`;

/** As a status spells a time. */
export const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
export const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: time });

/** What differs in one run from the usual. */
export interface RunWishes {
  /** Of BR, a few lines of JavaScript; default: the stand-in of the local stack. */
  readonly script?: string | undefined;
  readonly api?: KubernetesApi | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly stopping?: AbortSignal | undefined;
}

export interface RunningManager {
  readonly ended: Promise<unknown>;
  readonly kill: (signal: NodeJS.Signals) => boolean;
  /** Everything that it printed so far. */
  readonly printed: () => string;
  readonly prints: (text: string) => Promise<void>;
}

export interface ManagerWorld {
  readonly api: KubernetesApi;
  readonly folder: string;
  readonly adminKubeconfig: string;
  /** With the rights of the ServiceAccount of backup pods in namespace shop. */
  readonly podKubeconfig: string;
  /** Creates `shop/<name>`. */
  readonly create: (
    resource: ResourceType,
    name: string,
    body: { spec: object; status?: object | undefined },
  ) => Promise<void>;
  readonly backup: (name: string) => Promise<Backup>;
  /** What a run in this process works with. */
  readonly surroundings: (name: string, wishes: RunWishes) => Promise<PodDependenciesWithApi>;
  /** A BR of a few lines of JavaScript. */
  readonly br: (name: string, script: string) => Promise<string>;
  /** Runs the program as a pod would. */
  readonly start: (args: readonly string[], env: Record<string, string>) => RunningManager;
  readonly stop: () => Promise<void>;
}

/** An API server with our CRDs and rights and a namespace `shop`, in which managers can run. */
export async function startManagerWorld(): Promise<ManagerWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-backup-manager-'));
  const group = await createProcessGroup();
  const controlPlane = await startControlPlane(group);
  await installHoldfast(controlPlane);
  await installBackupNamespace(controlPlane, 'shop');
  const { adminKubeconfig } = controlPlane;
  const connection = loadConnection({ kubeconfig: adminKubeconfig });
  const user = 'system:serviceaccount:shop:tidb-backup-manager';
  const podKubeconfig = await controlPlane.kubeconfigFor({ user, groups: ['system:authenticated'] });
  const started: ChildProcess[] = [];
  const api = createKubernetesApi(connection);
  const br: ManagerWorld['br'] = async (name, script) => {
    const path = join(folder, `${name}.mjs`);
    await writeFile(path, `#!/usr/bin/env node\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };
  return {
    api,
    folder,
    adminKubeconfig,
    podKubeconfig,
    create: async (resource, name, body) => {
      const metadata = { name, namespace: 'shop' };
      const { kind } = resource;
      await api.create(resource, 'shop', { apiVersion: 'pingcap.com/v1alpha1', kind, metadata, ...body });
    },
    backup: async (name) => {
      const found = await readBackup(api, { namespace: 'shop', name });
      if (found === undefined) throw new Error(`Backup shop/${name} is gone`);
      return found;
    },
    surroundings: async (name, wishes) => {
      const sink = new PassThrough().resume();
      const { script } = wishes;
      const program = script === undefined ? BR_STAND_IN : await br(name, script);
      return {
        api: wishes.api ?? api,
        env: { PATH: process.env['PATH'], HOLDFAST_BR_BIN: program, ...wishes.env },
        output: { stdout: sink, stderr: sink },
        stopping: wishes.stopping ?? new AbortController().signal,
      };
    },
    br,
    start: (args, env) => {
      const child = spawn(process.execPath, [program, ...args], {
        env: { PATH: process.env['PATH'], HOME: folder, ...env },
      });
      started.push(child);
      return watched(child);
    },
    stop: async () => {
      for (const child of started) child.kill('SIGKILL');
      await connection.close();
      await group.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function watched(child: ChildProcess): RunningManager {
  let printed = '';
  child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  return {
    ended: once(child, 'close').then(([code]: unknown[]) => code),
    kill: (signal) => child.kill(signal),
    printed: () => printed,
    prints: (text) =>
      waitUntil({
        what: `the program should print "${text}"`,
        timeoutMs: 60_000,
        attempt: async () => printed.includes(text),
      }),
  };
}

/** Changes an object again and again, as fast as it can, until it is to stop; `writes` says how often it did. */
export function contend(
  api: KubernetesApi,
  reference: ObjectReference,
): { readonly stop: () => void; readonly writes: Promise<number> } {
  const ending = new AbortController();
  const write = async () => {
    let writes = 0;
    while (!ending.signal.aborted) {
      await api.mergePatch(reference, { metadata: { annotations: { writes: String((writes += 1)) } } });
    }
    return writes;
  };
  return { stop: () => ending.abort(), writes: write() };
}

/** A BR script that leaves its command line and environment for `commandLineOf`. */
export function recordsItself(name: string, folder: string): string {
  return `
    const { writeFileSync } = await import('node:fs');
    writeFileSync(${JSON.stringify(join(folder, `${name}.json`))},
      JSON.stringify({ args: process.argv.slice(2), key: process.env.AWS_SECRET_ACCESS_KEY }));`;
}

export async function recordOf(name: string, folder: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'));
}
