import type { Stack } from '../stack/stack.js';
import type { TemporalServer } from '../stack/temporal.js';
import { SCENES } from './scenes/scenes.js';
import { showHeading, type Screen } from './screen.js';

/** What will happen, what is real, what takes minutes. */
export function showIntroduction(screen: Screen, scenes: readonly string[]): void {
  screen.line(screen.paint('bold', `Holdfast demo, ${scenes.map((name) => `scene ${name}`).join(', ')}`));
  for (const line of INTRODUCTION) screen.line(line);
  for (const name of scenes) {
    showHeading(screen, `The story of scene ${name}`);
    for (const line of SCENES.get(name)?.story ?? []) screen.line(`  ${line}`);
  }
  showHeading(screen, 'Starting');
}

const INTRODUCTION = [
  '',
  'Real, on the loopback only, and stopped at the end or with Ctrl-C: etcd, kube-apiserver,',
  'kube-controller-manager, a Temporal server with its Web UI, the Holdfast worker, the backup manager.',
  'Stand-ins: a node agent runs the pods as local processes in place of a kubelet; `br`, the backup tool',
  'inside them, moves no data and fails on demand in the words of the real one.',
  'The first run on a machine gets the servers or builds them, which takes some minutes and is told below;',
  'they are kept, and later runs take about a minute.',
];

/** How to use what `--keep` leaves, and how to end it. `kubectl` is the program's path. */
export function showKept(
  screen: Screen,
  { stack, temporal, kubectl }: { stack: Stack; temporal: TemporalServer; kubectl: string },
): void {
  showHeading(screen, 'Everything keeps running until Ctrl-C here (or SIGTERM). In another terminal:');
  for (const [name, value] of Object.entries(stack.env)) screen.line(`  export ${name}='${value}'`);
  screen.line(
    `  ${kubectl} get backups,restores   # this KUBECONFIG is admin; the worker uses the other context`,
  );
  screen.line(`  npx holdfast backup list`);
  screen.line(`Temporal Web UI: ${temporal.uiUrl}`);
  if (stack.monitoring) screen.line(`Prometheus: ${stack.monitoring.prometheus.url}/classic/alerts`);
  screen.line(`Logs of all servers: ${stack.folder}/logs`);
}
