import { Command } from 'commander';
import type { DefineCommand, Invocation } from './commands/command-definition.js';

interface Verb {
  readonly path: readonly [string] | readonly [string, string];
  readonly summary: string;
  /** Loaded when it is called, so that `--help` does not wait for what other commands import. */
  readonly load: () => Promise<{ define: DefineCommand }>;
}

const GROUPS: Readonly<Record<string, string>> = {
  backup: 'Backups: what they are, what happens to them, and setting them off',
  restore: 'Restores: what would run, what runs, and ending it',
  drill: 'Restore drills: proof that backups can be restored',
  backups: 'Backups of the drill plans, and what is proven about them',
};

const VERBS: readonly Verb[] = [
  { path: ['worker'], summary: 'run a worker until SIGTERM', load: () => import('./commands/worker.js') },
  {
    path: ['doctor'],
    summary: 'check Temporal, Kubernetes, rights and workers; say how to mend each',
    load: () => import('./commands/doctor.js'),
  },
  {
    path: ['backup', 'start'],
    summary: 'start the supervision of a Backup that exists',
    load: () => import('./commands/backup-start.js'),
  },
  {
    path: ['backup', 'list'],
    summary: 'all Backups, and what happens next to each',
    load: () => import('./commands/backup-list.js'),
  },
  {
    path: ['backup', 'describe'],
    summary: 'one Backup: its incident, its timeline and the next action',
    load: () => import('./commands/backup-describe.js'),
  },
  {
    path: ['backup', 'retry-now'],
    summary: 'start the next retry at once, or one more after a bad end',
    load: async () => ({ define: (await import('./commands/backup-requests.js')).defineRetryNow }),
  },
  {
    path: ['backup', 'extend'],
    summary: 'give an incident more retries, more time or both',
    load: async () => ({ define: (await import('./commands/backup-requests.js')).defineExtend }),
  },
  {
    path: ['backup', 'stop'],
    summary: 'stop retrying; a Job that runs goes on running',
    load: async () => ({ define: (await import('./commands/backup-requests.js')).defineStop }),
  },
  {
    path: ['backup', 'resume'],
    summary: 'retry again after a stop',
    load: async () => ({ define: (await import('./commands/backup-requests.js')).defineResume }),
  },
  {
    path: ['restore', 'plan'],
    summary: 'what a restore would run, and every check; changes nothing',
    load: () => import('./commands/restore-plan.js'),
  },
  {
    path: ['restore', 'start'],
    summary: 'start a restore whose Restore exists',
    load: () => import('./commands/restore-start.js'),
  },
  {
    path: ['restore', 'list'],
    summary: 'all Restores, and what happens next to each',
    load: () => import('./commands/restore-list.js'),
  },
  {
    path: ['restore', 'describe'],
    summary: 'one Restore: both halves, its conditions and Events, and the next action',
    load: () => import('./commands/restore-describe.js'),
  },
  {
    path: ['restore', 'cancel'],
    summary: 'stop the Jobs of a restore and end it as Failed',
    load: () => import('./commands/restore-cancel.js'),
  },
  {
    path: ['stress'],
    summary: 'create many small objects and tell what the API server made of it',
    load: () => import('./commands/stress.js'),
  },
  {
    path: ['apply'],
    summary: 'create or update drill plans and their schedules',
    load: () => import('./commands/apply.js'),
  },
  {
    path: ['drill', 'run'],
    summary: 'prove now that a backup can be restored',
    load: () => import('./commands/drill-run.js'),
  },
  {
    path: ['drill', 'list'],
    summary: 'the plans that are applied',
    load: () => import('./commands/drill-list.js'),
  },
  {
    path: ['drill', 'describe'],
    summary: 'one plan, its next and its last drills',
    load: () => import('./commands/drill-describe.js'),
  },
  {
    path: ['drill', 'report'],
    summary: 'what the last drill found out',
    load: () => import('./commands/drill-report.js'),
  },
  {
    path: ['drill', 'pause'],
    summary: 'no further drill by schedule',
    load: async () => ({ define: (await import('./commands/drill-schedule.js')).definePause }),
  },
  {
    path: ['drill', 'resume'],
    summary: 'drill by schedule again',
    load: async () => ({ define: (await import('./commands/drill-schedule.js')).defineResume }),
  },
  {
    path: ['drill', 'trigger'],
    summary: 'as if the time of the next drill had come',
    load: async () => ({ define: (await import('./commands/drill-schedule.js')).defineTrigger }),
  },
  {
    path: ['drill', 'backfill'],
    summary: 'run the drills of a period that has passed',
    load: async () => ({ define: (await import('./commands/drill-schedule.js')).defineBackfill }),
  },
  {
    path: ['backups', 'list'],
    summary: 'all backups of the plans, and whether they are proven',
    load: () => import('./commands/backups-list.js'),
  },
  {
    path: ['backups', 'describe'],
    summary: 'one backup and what drills found out about it',
    load: () => import('./commands/backups-describe.js'),
  },
];

/** The whole command line. It throws CommanderError instead of ending the process. */
export function createProgram(invocation: Invocation): Command {
  const program = withGlobalOptions(new Command('holdfast'))
    .description('Keeps database backups on Kubernetes restorable: durable workflows on Temporal.')
    .helpCommand(false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the right form and an example)');
  const loaders = new Map<Command, Verb['load']>();
  const groups = new Map<string, Command>();
  for (const { path, summary, load } of VERBS) {
    const [first, second] = path;
    const parent = second === undefined ? program : (groups.get(first) ?? addGroup(program, first));
    if (second !== undefined) groups.set(first, parent);
    loaders.set(parent.command(second ?? first).description(summary), load);
  }
  for (const parent of [program, ...groups.values()]) {
    parent.hook('preSubcommand', async (_parent, command) => {
      const module = await loaders.get(command)?.();
      module?.define(command, invocation);
    });
  }
  return program;
}

function addGroup(program: Command, name: string): Command {
  return program
    .command(name)
    .description(GROUPS[name] ?? name)
    .helpCommand(false);
}

function withGlobalOptions(program: Command): Command {
  return program
    .option('--kubeconfig <file>', 'else KUBECONFIG, else in-cluster')
    .option('--context <name>', 'context in it, else HOLDFAST_KUBE_CONTEXT')
    .option(
      '--cluster <name>',
      "the cluster's name in ids and queues, else HOLDFAST_CLUSTER, else the context",
    )
    .option('--temporal-address <host:port>', 'else TEMPORAL_ADDRESS, else localhost:7233')
    .option('--temporal-namespace <name>', 'else TEMPORAL_NAMESPACE, else default')
    .option('--task-queue <prefix>', 'prefix of all task queues, else HOLDFAST_TASK_QUEUE, else holdfast')
    .option(
      '--api-retries <count>',
      'of a call to Kubernetes that may pass, else HOLDFAST_API_RETRIES, else 3',
    )
    .option(
      '--api-backoff <duration>',
      'before the first of them, else HOLDFAST_API_BACKOFF, else 2s; it doubles',
    )
    .option('--verbose', 'with a failure, print its stack trace too')
    .addHelpText(
      'afterAll',
      `
Data goes to stdout, everything else to stderr; times are UTC. NO_COLOR turns colours off.
Exit codes: 0 done, 1 failed, 2 usage or invalid input, 3 partial, 4 inconclusive, 5 timed out waiting, 6 not found,
7 refused in this state, 8 Temporal, Kubernetes or the object store does not answer, 130 interrupted.`,
    );
}
