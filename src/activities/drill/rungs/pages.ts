import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readCheckpoints } from '../../../domain/drill/checkpoints.js';
import { evidence, finding } from '../../../domain/drill/finding.js';
import { readPageCheck } from '../../../domain/drill/page-check.js';
import type { Evidence, RungFinding } from '../../../domain/drill/rung.js';
import { isTablespace, listFiles, readFirst } from '../backup-files.js';
import { conclude } from '../conclude.js';
import { pageBytesOf } from '../data-file-options.js';
import { runDrillTool, toolkitOf } from '../drill-tools.js';
import type { DrillSession } from '../drill-session.js';
import { inParallel } from '../in-parallel.js';
import { lengthProblem } from '../tablespace-length.js';

interface Findings {
  readonly damaged: Evidence[];
  readonly cut: Evidence[];
  readonly unknown: Evidence[];
}

/**
 * Every page of every tablespace by its checksum, and every file's length, before `--prepare`: that one skips bad pages
 * and says "completed OK!". Not the system tablespace: its doublewrite pages look bad in a healthy one.
 */
export function pagesRung(session: DrillSession): Promise<RungFinding> {
  return conclude(session, async () => {
    const { folder, signal } = session;
    const paths = (await listFiles(folder.backup))
      .filter(({ path }) => isTablespace(path))
      .map(({ path }) => path);
    const found: Findings = { damaged: [], cut: [], unknown: [] };
    const [pageBytes, checkpointLsn] = await Promise.all([
      pageBytesOf(folder),
      checkpointLsnOf(folder.backup),
    ]);
    let doneFiles = 0;
    await inParallel(paths, { atOnce: availableParallelism(), signal }, async (path, stop) => {
      await checkFile({ session: { ...session, signal: stop }, path, pageBytes, checkpointLsn, found });
      session.progress({ doneFiles: ++doneFiles, totalFiles: paths.length });
    });
    return conclusion(found, paths.length);
  });
}

interface FileCheck {
  readonly session: DrillSession;
  readonly path: string;
  readonly pageBytes: number;
  readonly checkpointLsn: bigint;
  readonly found: Findings;
}

async function checkFile({ session, path, pageBytes, checkpointLsn, found }: FileCheck): Promise<void> {
  const { backup } = session.folder;
  const problem = await lengthProblem({ folder: backup, path, pageBytes, checkpointLsn });
  if (problem !== undefined) found.cut.push(evidence(problem, path));
  if (problem === 'the file is empty') return;
  const { programs, pageCheckArguments } = toolkitOf(session);
  const args = pageCheckArguments(join(backup, path));
  const { exitCode, stdout, stderr } = await runDrillTool(session, { program: programs.pageCheck, args });
  const check = readPageCheck(exitCode, `${stderr}\n${stdout}`);
  if (check.state !== 'sound') found[check.state].push(evidence(`innochecksum: ${check.line}`, path));
}

function conclusion({ damaged, cut, unknown }: Findings, files: number): RungFinding {
  const measured = { tablespaces: files };
  if (damaged.length + cut.length > 0) {
    return finding({
      outcome: 'failed',
      cause: cut.length > 0 ? 'truncated-file' : 'page-corruption',
      summary: `${new Set([...damaged, ...cut].map(({ source }) => source)).size} of ${files} tablespaces are damaged`,
      evidence: [...cut, ...damaged].sort((left, right) =>
        (left.source ?? '') < (right.source ?? '') ? -1 : 1,
      ),
      measured,
    });
  }
  if (unknown.length > 0) {
    const summary = `the pages of ${unknown.length} of ${files} tablespaces cannot be checked`;
    return finding({ outcome: 'inconclusive', cause: 'unsupported', summary, evidence: unknown, measured });
  }
  return finding({
    outcome: 'passed',
    summary: `all pages of ${files} tablespaces are sound`,
    evidence: [],
    measured,
  });
}

/** Where it cannot be read, prepare will say so: then no header counts as proof. */
async function checkpointLsnOf(backup: string): Promise<bigint> {
  const file = await readFirst(backup, ['mariadb_backup_checkpoints', 'xtrabackup_checkpoints']);
  const checkpoints = file === undefined ? undefined : readCheckpoints(file.text);
  return checkpoints === undefined || 'problem' in checkpoints ? 0n : checkpoints.toLsn;
}
