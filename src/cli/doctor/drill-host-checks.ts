import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { execa } from 'execa';
import { mariadbToolkit } from '../../database/mariadb-toolkit.js';
import { bytesText } from '../../domain/drill/report-page/figures.js';
import type { Check } from './check.js';

const TOOL_TIMEOUT_MS = 20_000;
/** Below this not even a small backup has room. */
const LITTLE_BYTES = 2 ** 30;

/** Whether this computer has what a drill host needs. Writes nothing. */
export async function drillHostChecks(workDir: string): Promise<Check[]> {
  const programs = [...Object.values(mariadbToolkit.programs), 'zstd'];
  return Promise.all([workDirCheck(workDir), ...programs.map(toolCheck), isolationCheck()]);
}

async function workDirCheck(workDir: string): Promise<Check> {
  const check = { area: 'Drills', name: 'work directory' } as const;
  try {
    if (!(await stat(workDir)).isDirectory()) throw new Error(`${workDir} is no directory`);
    await access(workDir, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(workDir);
    const freeBytes = bavail * bsize;
    const found = `${workDir}: ${bytesText(freeBytes)} free`;
    if (freeBytes >= LITTLE_BYTES) return { ...check, verdict: 'ok', found };
    return {
      ...check,
      verdict: 'warn',
      found,
      mend: 'a drill needs two to three times the size of a backup',
    };
  } catch (failure) {
    if (!(failure instanceof Error)) throw failure;
    const mend = 'HOLDFAST_WORK_DIR names a directory that the worker may write';
    return { ...check, verdict: 'fail', found: failure.message, mend };
  }
}

async function toolCheck(program: string): Promise<Check> {
  const check = { area: 'Drills', name: program } as const;
  const { failed, stdout, stderr, shortMessage } = await run(program, ['--version']);
  const [version] = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  if (!failed) return { ...check, verdict: 'ok', found: version ?? 'it tells no version' };
  const mend = `install it where PATH finds it: a drill that needs it is inconclusive (tool-missing)`;
  return { ...check, verdict: 'fail', found: shortMessage ?? 'it does not run', mend };
}

async function isolationCheck(): Promise<Check> {
  const check = { area: 'Drills', name: 'network namespace' } as const;
  for (const args of [['--net'], ['--map-current-user', '--net']]) {
    const { failed } = await run('unshare', [...args, '--', 'true']);
    if (!failed) return { ...check, verdict: 'ok', found: 'private servers run without any network' };
  }
  return {
    ...check,
    verdict: 'warn',
    found: 'this host allows none: backups with FEDERATED, SPIDER or CONNECT tables are refused',
    mend: 'allow unprivileged user namespaces, or CAP_SYS_ADMIN',
  };
}

function run(program: string, args: readonly string[]) {
  return execa(program, args, {
    reject: false,
    stdin: 'ignore',
    timeout: TOOL_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 1_000_000,
  });
}
