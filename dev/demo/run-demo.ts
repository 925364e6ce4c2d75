import { Client, Connection } from '@temporalio/client';
import { createKubernetesApi } from '../../src/kubernetes/api.js';
import { loadConnection } from '../../src/kubernetes/connection.js';
import { ensureBinaries } from '../binaries/ensure-binaries.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { logTail, readLogFrom } from '../processes/server-log.js';
import { startStack, type Stack } from '../stack/stack.js';
import type { TemporalServer } from '../stack/temporal.js';
import { showAlerts } from './alerts.js';
import type { DemoArguments } from './demo-arguments.js';
import { startWorker } from './demo-worker.js';
import { showExpectations, type Expectation } from './expectations.js';
import { SCENES } from './scenes/scenes.js';
import { showHeading, type Screen } from './screen.js';
import { showIntroduction, showKept } from './spoken.js';
import type { Stopwatch } from './stopwatch.js';

export interface DemoOptions extends DemoArguments {
  /** Everything is started in it; its owner stops it. */
  readonly group: ProcessGroup;
  readonly screen: Screen;
  readonly stopwatch: Stopwatch;
  readonly signal: AbortSignal;
}

/**
 * Starts the stack and the worker and plays the scenes; what it started still runs when it returns.
 * @returns whether everything went as expected
 * @throws Error when a server could not be started, or the worker ended
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { screen, scenes } = options;
  showIntroduction(screen, scenes);
  const running = await startAll(options);
  const expectations = await Promise.race([playScenes(options, running), workerEnds(running.stack)]);
  showHeading(screen, 'What was expected, read from the API server and Temporal');
  showExpectations(screen, expectations);
  const asExpected = expectations.every(({ met }) => met);
  if (options.keep) showKept(screen, running);
  else if (!asExpected) screen.line('\nTo look at what led to this: npm run demo -- --keep');
  return asExpected;
}

interface Running {
  readonly stack: Stack;
  readonly temporal: TemporalServer;
  /** Path of the program. */
  readonly kubectl: string;
}

async function startAll(options: DemoOptions): Promise<Running> {
  const { group, screen, stopwatch, scenes, withMonitoring } = options;
  const progress = (line: string) => screen.line(screen.paint('dim', `  ${line}`));
  const names = ['kubectl', 'etcd', 'kube-apiserver', 'kube-controller-manager', 'temporal'] as const;
  const { kubectl } = await stopwatch.measure('binaries', () => ensureBinaries(names, { progress }));
  const needsQuorum = scenes.some((name) => SCENES.get(name)?.etcdMembers === 3);
  const controlPlane = needsQuorum ? { etcdMembers: 3 as const } : {};
  const monitoring = withMonitoring ? { monitoring: {} } : {};
  const stack = await stopwatch.measure('stack', () =>
    startStack({ group, progress, controlPlane, ...monitoring }),
  );
  const { temporal } = stack;
  if (temporal === undefined) throw new Error('the stack came up without Temporal');
  progress('starting the Holdfast worker');
  await stopwatch.measure('worker', () => startWorker(stack));
  progress(`ready; Temporal Web UI: ${temporal.uiUrl}`);
  if (stack.monitoring) progress(`Prometheus: ${stack.monitoring.prometheus.url}`);
  return { stack, temporal, kubectl };
}

async function playScenes(
  { scenes, screen, stopwatch, signal }: DemoOptions,
  { stack, temporal }: Running,
): Promise<Expectation[]> {
  const kubernetes = loadConnection({ kubeconfig: stack.controlPlane.adminKubeconfig });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, namespace: temporal.namespace });
  const stage = { stack, temporal, api: createKubernetesApi(kubernetes), client, screen, stopwatch, signal };
  const expectations: Expectation[] = [];
  try {
    for (const name of scenes) expectations.push(...((await SCENES.get(name)?.play(stage)) ?? []));
    const { monitoring } = stack;
    if (monitoring !== undefined) {
      const wanted = scenes.flatMap((name) => SCENES.get(name)?.alerts ?? []);
      const told = () => showAlerts(monitoring, { screen, wanted, signal });
      expectations.push(...(await stopwatch.measure('alerts', told)));
    }
  } finally {
    await Promise.all([connection.close(), kubernetes.close()]);
  }
  return expectations;
}

/** Rejects when the worker ends: without it nothing more will happen. */
async function workerEnds({ group }: Stack): Promise<never> {
  const { code, signal } = await group.exited('worker');
  const log = logTail(await readLogFrom(group.logFile('worker'), 0), 20);
  throw new Error(`the worker ended (${signal ?? `exit code ${code}`}); last lines of its log:\n${log}`);
}
