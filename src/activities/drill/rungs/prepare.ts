import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { evidence, finding } from '../../../domain/drill/finding.js';
import { readPrepareLog, type PrepareLog } from '../../../domain/drill/prepare-log.js';
import type { RungFinding } from '../../../domain/drill/rung.js';
import type { ToolResult } from '../../../database/run-tool.js';
import { endMarkedPrograms } from '../../../database/program-mark.js';
import { exists, isTablespace, listFiles } from '../backup-files.js';
import { conclude } from '../conclude.js';
import { pageBytesOf } from '../data-file-options.js';
import { blameHost, memoryFor, runDrillTool, toolkitOf } from '../drill-tools.js';
import type { DrillSession } from '../drill-session.js';
import { lengthProblem } from '../tablespace-length.js';

/** Beside the redo log itself, recovery wants room for the pages that it touches. */
const MEMORY_PER_LOG_BYTE = 3;
const BASE_MEMORY_BYTES = 96 * 1024 * 1024;
const LOG_FILES = ['ib_logfile0', 'xtrabackup_logfile'];

/** Applies the redo log to the copy. The tool's word counts for little: its log and the files count. */
export function prepareRung(session: DrillSession): Promise<RungFinding> {
  return conclude(session, async () => {
    const { folder } = session;
    // A run of this rung that died may still be at work on the same files.
    await endMarkedPrograms(folder.root);
    const toolkit = toolkitOf(session);
    const memoryBytes = memoryFor(BASE_MEMORY_BYTES + MEMORY_PER_LOG_BYTE * (await redoBytes(folder.backup)));
    const result = await runDrillTool(session, {
      program: toolkit.programs.backup,
      args: toolkit.prepareArguments({ backup: folder.backup, memoryBytes }),
      logName: 'prepare',
    });
    const log = readPrepareLog(`${result.stdout}\n${result.stderr}`);
    const measured = { prepareMemoryBytes: memoryBytes };
    const problem = (await runProblem(session, { result, log })) ?? (await fileProblem(session));
    return { ...(problem ?? passed(session, log)), measured };
  });
}

function passed({ facts }: DrillSession, { endLsn }: PrepareLog): RungFinding {
  const summary = `prepared up to LSN ${endLsn ?? '(not told)'}`;
  return finding({
    outcome: 'passed',
    summary,
    evidence: [evidence(`last_lsn = ${facts.lastLsn ?? 'unknown'}`)],
  });
}

interface PrepareRun {
  readonly result: ToolResult;
  readonly log: PrepareLog;
}

async function runProblem(
  session: DrillSession,
  { result, log }: PrepareRun,
): Promise<RungFinding | undefined> {
  const toolkit = toolkitOf(session);
  const lines = log.complaints.map((line) => evidence(line, 'prepare.log'));
  if (result.exitCode !== 0 || !log.completed) {
    blameHost(toolkit.programs.backup, `${result.stderr}\n${result.stdout}`);
    const end =
      result.exitCode === undefined
        ? `was ended by ${result.signal ?? 'a signal'}`
        : `ended with code ${result.exitCode}`;
    const summary = `prepare ${end}${log.completed ? '' : ' and did not say "completed OK!"'}`;
    const evidenceLines = lines.length > 0 ? lines : lastLines(result.stderr);
    return finding({ outcome: 'failed', cause: 'prepare-failed', summary, evidence: evidenceLines });
  }
  if (await exists(join(session.folder.backup, 'innodb_corrupted_pages'))) {
    const summary = 'prepare left a list of corrupt pages behind';
    return finding({ outcome: 'failed', cause: 'page-corruption', summary, evidence: lines });
  }
  const redo = redoProblem(session, log);
  if (redo !== undefined) return redo;
  if (log.damage.length === 0) return undefined;
  blameHost(toolkit.programs.backup, log.damage.join('\n'));
  const summary = 'prepare said "completed OK!" and complained';
  const damage = log.damage.map((line) => evidence(line, 'prepare.log'));
  return finding({ outcome: 'failed', cause: 'prepare-failed', summary, evidence: damage });
}

/** A redo log that was cut ends early, and prepare is content: what was written after that is lost without a word. */
function redoProblem({ facts }: DrillSession, { endLsn }: PrepareLog): RungFinding | undefined {
  if (facts.lastLsn === undefined) return undefined;
  if (endLsn === undefined) {
    if (facts.tool === 'xtrabackup') return undefined; // it compares by itself, and fails
    const summary = 'prepare does not tell where the redo log ended';
    return finding({ outcome: 'inconclusive', cause: 'unsupported', summary, evidence: [] });
  }
  if (endLsn >= BigInt(facts.lastLsn)) return undefined;
  return finding({
    outcome: 'failed',
    cause: 'redo-incomplete',
    summary: `the redo log ends at LSN ${endLsn}, the backup claims ${facts.lastLsn}`,
    evidence: [
      evidence(`End of log at LSN=${endLsn}`, 'prepare.log'),
      evidence(`last_lsn = ${facts.lastLsn}`, 'checkpoints'),
    ],
  });
}

/** Prepared, every file has to have the length that its own first page gives. */
async function fileProblem({ folder }: DrillSession): Promise<RungFinding | undefined> {
  const pageBytes = await pageBytesOf(folder);
  const lines = [];
  for (const { path } of await listFiles(folder.backup)) {
    if (!isTablespace(path)) continue;
    const problem = await lengthProblem({ folder: folder.backup, path, pageBytes });
    if (problem !== undefined) lines.push(evidence(problem, path));
  }
  if (lines.length === 0) return undefined;
  const summary = `${lines.length} tablespaces do not have their length after prepare`;
  return finding({ outcome: 'failed', cause: 'truncated-file', summary, evidence: lines });
}

function lastLines(output: string) {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.slice(-5).map((line) => evidence(line, 'prepare.log'));
}

async function redoBytes(backup: string): Promise<number> {
  for (const name of LOG_FILES) {
    if (await exists(join(backup, name))) return (await stat(join(backup, name))).size;
  }
  return 0;
}
