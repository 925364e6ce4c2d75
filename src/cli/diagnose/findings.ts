import type { BadEndReason } from '../../domain/retry/decision.js';
import { FAILURE_CLASSES, type FailureClass } from '../../domain/retry/failure-class.js';
import { retryMetricStateOf } from '../../domain/retry/metric-state.js';
import type { BackupReport } from '../backups/backup-report.js';
import type { Check } from '../doctor/check.js';
import type { DiagnosedBackup, SecretLook } from './diagnosis.js';
import { storageFinding } from './storage-finding.js';

/** The order in which people need them. */
const WEIGHT: Readonly<Record<Check['verdict'], number>> = { fail: 0, warn: 1, skip: 2, ok: 3 };

/** What is wrong with one Backup and what to do about it, the worst first. */
export function findingsOf(diagnosed: DiagnosedBackup): Check[] {
  const { material } = diagnosed;
  const findings = [
    conditionFinding(diagnosed),
    retryFinding(diagnosed),
    startFinding(diagnosed),
    ...material.secrets.map(secretFinding),
    storageFinding(material.storage, diagnosed.report.storage),
    workerFinding(diagnosed.report),
    logFinding(diagnosed),
  ];
  return findings
    .filter((finding) => finding !== undefined)
    .sort((a, b) => WEIGHT[a.verdict] - WEIGHT[b.verdict]);
}

function finding(check: Omit<Check, 'area'>): Check {
  return { area: 'Findings', ...check };
}

/** What the Backup suffers from, if from anything. */
function conditionFinding({ report, material }: DiagnosedBackup): Check {
  const { backup } = report;
  const { lastReason = '', phase, subcommandPhase, mode } = backup;
  const phases = [phase, subcommandPhase];
  if (mode === 'invalid' || phases.includes('Invalid')) {
    const found = lastReason === '' ? report.policy : lastReason;
    const mend = 'correct the field that it names: the spec is looked at again by itself';
    return finding({ verdict: 'fail', name: 'spec', found, mend });
  }
  if (phases.includes('RetryFailed')) {
    const mend = 'bring what it names (TidbCluster, Secret, quota): it is looked at again by itself';
    return finding({ verdict: 'fail', name: 'missing', found: lastReason, mend });
  }
  const { lastFailure } = material;
  if (lastFailure === undefined && lastReason === '') {
    return finding({ verdict: 'ok', name: 'last run', found: 'no failure is open' });
  }
  const failureClass = classOf(lastFailure?.class, backup.incident?.lastClass);
  const found = `${failureClass}: ${lastFailure?.reason ?? lastReason}`;
  return finding({ verdict: 'fail', name: 'last run', found, mend: FAILURE_CLASSES[failureClass].advice });
}

/** What is left of the run tells best; a run whose pods are gone was classified when it failed. */
function classOf(live: FailureClass | undefined, recorded: string | undefined): FailureClass {
  if (live !== undefined && live !== 'unknown') return live;
  return isFailureClass(recorded) ? recorded : 'unknown';
}

function isFailureClass(name: string | undefined): name is FailureClass {
  return name !== undefined && Object.hasOwn(FAILURE_CLASSES, name);
}

const AFTER_BAD_END: Readonly<Record<BadEndReason, (command: (verb: string) => string) => string>> = {
  RetryExhausted: (command) =>
    `mend the cause, then ${command('retry-now')}, or ${command('extend --retries 3')}`,
  RetryTimeout: (command) =>
    `mend the cause, then ${command('retry-now')}, or ${command('extend --timeout 1h')}`,
  PermanentFailure: (command) => `mend the cause, then ${command('retry-now')}, or edit the spec`,
  JobFailed: (command) => `set spec.backoffRetryPolicy, or ${command('retry-now')} for one more run`,
  RetryStopped: (command) => `${command('resume')} goes on`,
};

function retryFinding({ seen, report }: DiagnosedBackup): Check | undefined {
  const { backup } = report;
  const { namespace, name, retries, maxRetries, incident, nextAction } = backup;
  const command = (verb: string) => {
    const [first = '', ...options] = verb.split(' ');
    return `'${['holdfast backup', first, `${namespace}/${name}`, ...options].join(' ')}'`;
  };
  const used = maxRetries === undefined ? `${retries} retries` : `${retries} of ${maxRetries} retries used`;
  const badEnd = retryMetricStateOf(seen.backup)?.badEnd;
  if (badEnd !== undefined) {
    const found = `${badEnd}, ${used}: nothing happens by itself any more`;
    return finding({ verdict: 'fail', name: 'retries', found, mend: AFTER_BAD_END[badEnd](command) });
  }
  if (nextAction.kind === 'LeftAlone') {
    const mend = `${command('retry-now')} takes it up`;
    return finding({ verdict: 'fail', name: 'retries', found: nextAction.what, mend });
  }
  if (incident?.state !== 'open') return undefined;
  const at = nextAction.at === undefined ? '' : ` at ${nextAction.at}`;
  const mend = `${command('retry-now')} does not wait for the time`;
  return finding({ verdict: 'warn', name: 'retries', found: `${used}; next: ${nextAction.what}${at}`, mend });
}

function startFinding({ material: { notStarted } }: DiagnosedBackup): Check | undefined {
  if (notStarted === undefined) return undefined;
  const mend = "bring what the pod waits for: 'kubectl describe' of Job and pod tells more";
  return finding({ verdict: 'fail', name: 'pod', found: notStarted, mend });
}

function secretFinding({ name, problem, unreadable }: SecretLook): Check {
  if (unreadable !== undefined) return finding({ verdict: 'skip', name: 'Secret', found: unreadable });
  if (problem === undefined) {
    return finding({ verdict: 'ok', name: 'Secret', found: `${name} has the keys that are needed` });
  }
  const mend = 'create it, or correct its name in the spec';
  return finding({ verdict: 'fail', name: 'Secret', found: problem.message, mend });
}

function workerFinding({ backup, workflow }: BackupReport): Check {
  if (!workflow.asked) {
    const found = 'Temporal did not answer: whether a worker is at it is not known';
    return finding({ verdict: 'skip', name: 'worker', found, mend: "'holdfast doctor'" });
  }
  if (workflow.status?.apiServerAway !== undefined) {
    const { since, message } = workflow.status.apiServerAway;
    const found = `the worker does not reach the API server since ${since}: ${message}`;
    return finding({
      verdict: 'fail',
      name: 'worker',
      found,
      mend: 'see the runbook HoldfastApiServerTrouble',
    });
  }
  if (workflow.runId === undefined && backup.nextAction.kind === 'Now') {
    const found = `${backup.nextAction.what} is due, and no workflow is open: most likely no worker runs`;
    return finding({ verdict: 'fail', name: 'worker', found, mend: "'holdfast doctor' tells" });
  }
  const found = workflow.runId === undefined ? 'nothing is due' : `workflow ${workflow.workflowId} is open`;
  return finding({ verdict: 'ok', name: 'worker', found });
}

function logFinding({ material: { log } }: DiagnosedBackup): Check | undefined {
  if (log === undefined || !('unreadable' in log)) return undefined;
  return finding({ verdict: 'skip', name: 'pod log', found: log.unreadable });
}
