import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { z } from 'zod';
import { waitUntil } from '../../processes/readiness.js';
import { listAll } from '../../../src/kubernetes/list-all.js';
import { stressSelector } from '../../../src/kubernetes/objects/stress-object.js';
import { NAMESPACES, SECRETS } from '../../../src/kubernetes/resources.js';
import { holdfastCommand } from '../demo-worker.js';
import { expectEqual, type Expectation } from '../expectations.js';
import { showHeading } from '../screen.js';
import { showCommand } from '../shown-command.js';
import type { Scene, Stage } from './scene.js';

const RUN = 'demo';
const ARGS = ['stress', '--run', RUN, '--total-namespaces', '25', '--max-concurrent', '50'];
/** etcd's own time-outs come after about 7 s. */
const FROZEN_MS = 9_000;
/** Created so many of its 150 Secrets, the run meets a stall. */
const STALL_AT_SECRETS = [15, 70] as const;
const STORY_DEADLINE_MS = 240_000;

const Report = z.object({
  outcome: z.string(),
  report: z.object({
    operations: z.number(),
    withRetries: z.object({ succeeded: z.number() }),
    firstAttemptsAlone: z.object({ succeeded: z.number() }),
  }),
});

/** Two etcd members of three stand still, twice, while 600 objects are created. */
export const stressScene: Scene = {
  story: [
    'holdfast stress creates 25 namespaces with 575 objects in them; meanwhile two of the three etcd members',
    'are frozen twice for 9 s, so that calls end with the time-outs of a real etcd that is overwhelmed.',
    'Its table shows what the first attempts alone would have given beside what retries gave.',
  ],
  etcdMembers: 3,
  play: async (stage) => {
    await stage.stopwatch.measure('story', () => playStory(stage));
    return stage.stopwatch.measure('facts', () => expectations(stage));
  },
};

async function playStory(stage: Stage): Promise<void> {
  const { screen, stack, signal } = stage;
  showHeading(screen, 'The run, and what is done to etcd meanwhile');
  const [program, args] = holdfastCommand(ARGS);
  const command = execa(program, args, {
    env: { ...stack.env, HOME: stack.folder, NO_COLOR: '1' },
    extendEnv: false,
    reject: false,
    timeout: STORY_DEADLINE_MS,
    cancelSignal: signal,
    forceKillAfterDelay: 1_000,
  });
  void showLines(stage, command.iterable({ from: 'stderr' }));
  for (const secrets of STALL_AT_SECRETS) await stall(stage, secrets);
  const { stdout } = await command;
  showCommand(screen, { command: `holdfast ${ARGS.join(' ')}`, output: stdout });
}

async function showLines({ screen }: Stage, lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) screen.line(`  ${line}`);
}

async function stall(stage: Stage, secrets: number): Promise<void> {
  const { screen, stack, signal } = stage;
  const { faults } = stack.controlPlane;
  await waitUntil({
    what: `the run has not created ${secrets} Secrets`,
    timeoutMs: STORY_DEADLINE_MS,
    attempt: async () => (await found(stage, SECRETS)).length >= secrets,
  });
  screen.line(screen.paint('red', `  two of three etcd members are frozen for ${FROZEN_MS / 1_000} s`));
  await faults.freezeEtcd();
  try {
    await delay(FROZEN_MS, undefined, { signal });
  } finally {
    faults.thawEtcd();
  }
  screen.line(screen.paint('green', '  they go on'));
}

function found({ api }: Stage, resource: typeof SECRETS): Promise<unknown[]> {
  return listAll(api, resource, { labelSelector: stressSelector(RUN) });
}

async function expectations(stage: Stage): Promise<Expectation[]> {
  const { stack } = stage;
  const [program, args] = holdfastCommand([...ARGS, '-o', 'json']);
  const env = { ...stack.env, HOME: stack.folder };
  // The run has ended: attaching to it prints its result again.
  const { stdout } = await execa(program, args, { env, extendEnv: false, reject: false });
  const { outcome, report } = Report.parse(JSON.parse(stdout));
  const { operations, withRetries, firstAttemptsAlone } = report;
  const subject = `run ${RUN}`;
  return [
    expectEqual({ subject, claim: 'is complete', expected: 'Complete', seen: outcome }),
    expectEqual({
      subject,
      claim: 'has every operation succeed with retries',
      expected: operations,
      seen: withRetries.succeeded,
    }),
    expectEqual({
      subject,
      claim: 'has first attempts that failed',
      expected: true,
      seen: firstAttemptsAlone.succeeded < operations,
    }),
    expectEqual({
      subject,
      claim: 'has left no namespace',
      expected: 0,
      seen: (await found(stage, NAMESPACES)).length,
    }),
  ];
}
