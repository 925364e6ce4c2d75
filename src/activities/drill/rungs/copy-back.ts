import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { evidence, finding } from '../../../domain/drill/finding.js';
import { readPrepareLog } from '../../../domain/drill/prepare-log.js';
import type { RungFinding } from '../../../domain/drill/rung.js';
import { endMarkedPrograms } from '../../../database/program-mark.js';
import { stopPrivateServer } from '../../../database/private-server.js';
import { exists, listFiles } from '../backup-files.js';
import { conclude } from '../conclude.js';
import { blameHost, runDrillTool, toolkitOf } from '../drill-tools.js';
import type { DrillSession, WorkFolder } from '../drill-session.js';
import { createSpaceBudget, demandSpace, folderBytes } from '../space-budget.js';

/**
 * Puts the prepared files into an empty data folder of ours. They are moved, which costs neither time nor disk; with
 * PITR they are copied: a replay cannot be repeated on data that it has changed, and a second try needs the first state.
 */
export function copyBackRung(session: DrillSession): Promise<RungFinding> {
  return conclude(session, async () => {
    const { folder, plan } = session;
    await stopPrivateServer(folder);
    await endMarkedPrograms(folder.root);
    const mode = plan.pitr === undefined ? 'move' : 'copy';
    if (mode === 'move') await returnMovedFiles(folder);
    await emptyFolder(folder.data);
    if (mode === 'copy') await demandCopy(session);
    const toolkit = toolkitOf(session);
    const result = await runDrillTool(session, {
      program: toolkit.programs.backup,
      args: toolkit.copyBackArguments({ backup: folder.backup, data: folder.data, mode }),
      logName: 'copy-back',
    });
    const output = `${result.stdout}\n${result.stderr}`;
    const { completed, complaints } = readPrepareLog(output);
    if (result.exitCode === 0 && completed) return passed(session, mode);
    blameHost(toolkit.programs.backup, output);
    return finding({
      outcome: 'failed',
      cause: 'copy-back-failed',
      summary: `copy-back ended with ${result.exitCode ?? result.signal ?? 'a signal'}`,
      evidence: complaints.map((line) => evidence(line, 'copy-back.log')),
    });
  });
}

/** The tool knows no limit of ours. @throws SpaceExhausted */
async function demandCopy({ folder, plan }: DrillSession): Promise<void> {
  const budget = await createSpaceBudget({ root: folder.root, limitBytes: plan.limits.workBytes });
  await demandSpace(budget, await folderBytes(folder.backup));
}

async function passed({ folder }: DrillSession, mode: 'copy' | 'move'): Promise<RungFinding> {
  const files = (await listFiles(folder.data)).filter(({ kind }) => kind === 'file').length;
  const summary = `${files} files ${mode === 'move' ? 'moved' : 'copied'} into an empty data folder`;
  return finding({ outcome: 'passed', summary, evidence: [], measured: { restoredFiles: files } });
}

/** What a run that died has moved goes back where it was: the tool refuses a folder that is not empty. */
async function returnMovedFiles({ backup, data }: Pick<WorkFolder, 'backup' | 'data'>): Promise<void> {
  if (!(await exists(data))) return;
  for (const { path, kind } of await listFiles(data)) {
    if (kind !== 'file') continue;
    await mkdir(join(backup, dirname(path)), { recursive: true, mode: 0o700 });
    await rename(join(data, path), join(backup, path));
  }
}

async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
}
