import { access, constants, statfs } from 'node:fs/promises';
import { execa } from 'execa';
import { toolkitFor } from '../../database/toolkit.js';
import type { BackupToolName } from '../../domain/drill/rung.js';
import { WorkLimit } from '../../domain/drill/work-limit.js';
import type { DrillPlan } from '../../domain/drill/drill-plan.js';
import { taskQueues } from '../../domain/names.js';
import { StoreFailure } from '../../storage/object-store.js';
import type { CliDependencies } from '../dependencies.js';
import { readVerified } from '../drills/read-verified.js';
import { size } from '../render/known-backups.js';
import type { Check } from './check.js';
import { pollerCheck, type WorkerQuestion } from './worker-checks.js';

const VERSION_TIMEOUT_MS = 10_000;

type Environment = CliDependencies['settings']['environment'];

/** What HOLDFAST_ROLES makes of this computer. */
export function drillRoleOf(environment: Environment): 'none' | 'also' | 'only' {
  const roles = (environment['HOLDFAST_ROLES'] ?? '').split(',').map((role) => role.trim());
  if (!roles.includes('drill')) return 'none';
  return roles.every((role) => role === 'drill' || role === '') ? 'only' : 'also';
}

/** Whether somebody drills, and whether the stores of the plans can be read from here; nothing where nobody is to drill. */
export async function drillChecks(question: WorkerQuestion, deps: CliDependencies): Promise<Check[]> {
  const plans = await question.temporal.drills.plans(question.cluster);
  if (plans.length === 0 && drillRoleOf(deps.settings.environment) === 'none') return [];
  const { drill } = taskQueues({ prefix: question.taskQueue, cluster: question.cluster });
  return Promise.all([hostCheck(question, drill), ...plans.map(({ plan }) => storeCheck(deps, plan))]);
}

async function hostCheck(question: WorkerQuestion, name: string): Promise<Check> {
  const check = await pollerCheck(question, { name, kind: 'activity' });
  if (check.verdict === 'ok') return check;
  const mend = `run 'holdfast worker' with HOLDFAST_ROLES=drill HOLDFAST_WORK_DIR=… HOLDFAST_TASK_QUEUE=${question.taskQueue}`;
  return { ...check, mend };
}

async function storeCheck(deps: CliDependencies, plan: DrillPlan): Promise<Check> {
  const check = { area: 'Drills', name: `store of plan ${plan.name}` } as const;
  try {
    const { backups, problems } = await readVerified(deps, plan);
    const found = `${backups.filter(({ present }) => present).length} backups`;
    if (problems.length === 0) return { ...check, verdict: 'ok', found };
    const mend = 'somebody changed the ledger: look at who may write there';
    return { ...check, verdict: 'warn', found: `${found}; ledger: ${problems[0] ?? ''}`, mend };
  } catch (failure) {
    if (!(failure instanceof StoreFailure)) throw failure;
    // Elsewhere than on a drill host the credentials may rightly be missing, and the store out of reach.
    if (drillRoleOf(deps.settings.environment) === 'none') {
      return { ...check, verdict: 'skip', found: `from this computer: ${failure.message}` };
    }
    const mend = "check the plan's store and credentials, and the environment of the drill host";
    return { ...check, verdict: 'fail', found: failure.message, mend };
  }
}

/** This computer as a drill host: where HOLDFAST_ROLES says that it is one. */
export async function drillHostChecks(environment: Environment): Promise<Check[]> {
  if (drillRoleOf(environment) === 'none') return [];
  const [workDir, zstd, pageCheck, mariadb, mysql] = await Promise.all([
    workDirCheck(environment),
    toolCheck('zstd'),
    toolCheck(toolkitFor('mariadb-backup').programs.pageCheck),
    toolkitChecks('mariadb-backup'),
    toolkitChecks('xtrabackup'),
  ]);
  const isThere = (checks: readonly Check[]) => checks.some(({ verdict }) => verdict === 'ok');
  // Hardly a host has both; one without either can drill nothing.
  const toolkits = [
    ...(isThere(mariadb) || !isThere(mysql) ? mariadb : [absentToolkit('mariadb-backup', 'MariaDB')]),
    ...(isThere(mysql) ? mysql : [absentToolkit('xtrabackup', 'MySQL')]),
  ];
  return [workDir, zstd, pageCheck, ...toolkits];
}

/** Without innochecksum: both have a program of this name. */
function toolkitChecks(tool: BackupToolName): Promise<Check[]> {
  const { backup, server, client, binlog } = toolkitFor(tool).programs;
  return Promise.all([backup, server, client, binlog].map(toolCheck));
}

function absentToolkit(name: BackupToolName, database: string): Check {
  const found = `not installed: drills of backups of ${database} are inconclusive here`;
  return { area: 'Drills', name, verdict: 'skip', found };
}

async function workDirCheck(environment: Environment): Promise<Check> {
  const check = { area: 'Drills', name: 'work directory' } as const;
  const mend =
    'set HOLDFAST_WORK_DIR to a directory that the worker may write, with room for a backup, twice';
  const { HOLDFAST_WORK_DIR: workDir, HOLDFAST_WORK_LIMIT: limit } = environment;
  if (workDir === undefined)
    return { ...check, verdict: 'fail', found: 'HOLDFAST_WORK_DIR is not set', mend };
  try {
    await access(workDir, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(workDir);
    const freeBytes = bavail * bsize;
    const found = `${workDir} is writable, ${size(freeBytes)} free`;
    return { ...check, verdict: 'ok', found, ...limitProblem(limit, { freeBytes, found }) };
  } catch (failure) {
    const found = failure instanceof Error ? failure.message : String(failure);
    return { ...check, verdict: 'fail', found, mend };
  }
}

/** A limit above what is free keeps nothing from filling the volume. */
function limitProblem(
  text: string | undefined,
  { freeBytes, found }: { freeBytes: number; found: string },
): Pick<Check, 'verdict' | 'found' | 'mend'> | undefined {
  if (text === undefined || text === '') return undefined;
  const limit = WorkLimit.safeParse(text);
  if (!limit.success) {
    const mend = 'give bytes, or a number with Ki, Mi, Gi or Ti: a worker does not start like this';
    return { verdict: 'fail', found: `HOLDFAST_WORK_LIMIT=${text} is no size`, mend };
  }
  if (limit.data <= freeBytes) return undefined;
  const mend = 'lower it, or make room: a drill that fills the volume is inconclusive (disk-space)';
  return { verdict: 'warn', found: `${found}; HOLDFAST_WORK_LIMIT allows ${size(limit.data)}`, mend };
}

async function toolCheck(program: string): Promise<Check> {
  const check = { area: 'Drills', name: program } as const;
  const { stdout, stderr, code } = await execa(program, ['--version'], {
    reject: false,
    timeout: VERSION_TIMEOUT_MS,
  });
  const [version = ''] = (stdout.trim() || stderr.trim()).split('\n');
  if (code === undefined && version !== '') return { ...check, verdict: 'ok', found: version };
  const mend = 'install it, or put it on PATH of the worker; drills that need it are inconclusive';
  return { ...check, verdict: 'warn', found: code === 'ENOENT' ? 'not found on PATH' : 'does not run', mend };
}
