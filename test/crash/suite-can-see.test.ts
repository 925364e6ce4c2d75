import { expect, onTestFinished, test } from 'vitest';
import type { PlannedIncident } from '../../bench/crash/incident-plan.js';
import { runCrashes } from '../../bench/crash/run-crashes.js';
import type { Strike } from '../../bench/crash/strike-plan.js';
import { tamperedBuild } from './tampered-build.js';

/** The check of a restart that its recorded failure still holds, so that a repeated step does nothing twice. */
const REPETITION_CHECK = {
  file: 'activities/backup/restart-job.js',
  find: "if (decision.kind !== 'Retry' || decision.retryNum !== retryNum)\n        return undefined;",
  replaceBy: [
    'if (true) {',
    "        const incident = JSON.parse(seen.backup.metadata.annotations['holdfast.dev/incident']);",
    "        return { kind: 'Retry', command: 'log-start', retryNum, incident };",
    '    }',
  ].join('\n'),
};

/** The retried Job still runs when the worker is back and the step is repeated. */
const INCIDENT: PlannedIncident = {
  name: 'repeated',
  failures: 1,
  maxRetries: 2,
  baseSeconds: 1,
  runsMs: 20_000,
};

const STRIKE: Strike = {
  victim: 'worker',
  how: 'kill',
  aim: 'created-unconfirmed',
  momentMs: 0,
  awayMs: 0,
  incidents: [INCIDENT],
};

test('a build that repeats a restart without looking is found out', async () => {
  const build = await tamperedBuild(REPETITION_CHECK);
  onTestFinished(build.remove);
  const { program } = build;
  const { violations } = await runCrashes({ program, strikes: [STRIKE], endTimeoutMs: 60_000 });
  expect(violations).toContain('Backup repeated: attempt 1 got two Jobs');
  expect(violations).toContain('Backup repeated: the Job of attempt 1 was deleted while it ran');
});
