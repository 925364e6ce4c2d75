import { readBackupInfo, type BackupInfo } from '../../../domain/drill/backup-info.js';
import { readBinlogInfo, type BinlogInfo } from '../../../domain/drill/binlog-info.js';
import { isFullBackup, readCheckpoints, type Checkpoints } from '../../../domain/drill/checkpoints.js';
import type { DrillCause } from '../../../domain/drill/drill-cause.js';
import { evidence, finding } from '../../../domain/drill/finding.js';
import type { DrillFacts, Evidence, RungFinding } from '../../../domain/drill/rung.js';
import {
  compareSeries,
  readServerVersion,
  seriesOf,
  versionConflict,
} from '../../../domain/drill/server-version.js';
import { readServerConfig } from '../../../domain/drill/server-config.js';
import { toolkitFor } from '../../../database/toolkit.js';
import { exists, listFiles, readFirst } from '../backup-files.js';
import { conclude, Unprovable } from '../conclude.js';
import { runDrillTool } from '../drill-tools.js';
import type { DrillSession } from '../drill-session.js';
import { join } from 'node:path';

const CHECKPOINTS = ['mariadb_backup_checkpoints', 'xtrabackup_checkpoints'];
const INFO = ['mariadb_backup_info', 'xtrabackup_info'];
const BINLOG_INFO = ['mariadb_backup_binlog_info', 'xtrabackup_binlog_info'];
const CONFIG = 'backup-my.cnf';
/** Written where the tool was told to go on after corrupt pages. */
const CORRUPTED_PAGES = 'innodb_corrupted_pages';

/**
 * What the backup says of itself, and everything that has to be refused before a tool works on it. Nothing of the
 * backup has run before this rung.
 */
export function metadataRung(session: DrillSession): Promise<RungFinding> {
  return conclude(session, async () => {
    const { backup } = session.folder;
    const refused = (await refusedPaths(backup)) ?? (await refusedOptions(backup));
    if (refused !== undefined) return refused;
    const parsed = await readTrio(session);
    if ('outcome' in parsed) return parsed;
    const problem = crossCheck(parsed);
    if (problem !== undefined) return problem;
    await requireHostTools(session, parsed.info);
    return finding({
      outcome: 'passed',
      summary: `full backup by ${parsed.info.tool} ${parsed.info.toolVersion} of server ${parsed.info.serverVersion}, up to LSN ${parsed.checkpoints.lastLsn}`,
      evidence: [],
      warnings: warningsOf(parsed),
      facts: factsOf(parsed),
    });
  });
}

interface Metadata {
  readonly checkpoints: Checkpoints;
  readonly info: BackupInfo;
  readonly infoText: string;
  readonly binlog: BinlogInfo | undefined;
}

async function refusedPaths(backup: string): Promise<RungFinding | undefined> {
  const files = await listFiles(backup);
  const isl = files.filter(({ path }) => path.toLowerCase().endsWith('.isl'));
  const other = files.filter(({ kind }) => kind === 'other');
  if (isl.length + other.length === 0) return undefined;
  const lines = await Promise.all(
    isl.map(async ({ path }) =>
      evidence(`points at ${(await readFirst(backup, [path]))?.text.trim() ?? '?'}`, path),
    ),
  );
  return finding({
    outcome: 'inconclusive',
    cause: 'refused-path',
    summary: 'refused before anything ran: files that lead out of the work folder',
    evidence: [...lines, ...other.map(({ path }) => evidence('neither a file nor a folder', path))],
  });
}

async function refusedOptions(backup: string): Promise<RungFinding | undefined> {
  const config = await readFirst(backup, [CONFIG]);
  if (config === undefined) return missing(CONFIG, 'without it the backup cannot be prepared');
  const { refused } = readServerConfig(config.text);
  if (refused.length === 0) return undefined;
  return finding({
    outcome: 'inconclusive',
    cause: 'refused-option',
    summary: `refused before anything ran: ${CONFIG} holds options that are not on the allow-list`,
    evidence: refused.map(({ line, lineNumber }) => evidence(line, `${CONFIG}:${lineNumber}`)),
  });
}

async function readTrio({ folder, plan }: DrillSession): Promise<Metadata | RungFinding> {
  const checkpointsFile = await readFirst(folder.backup, CHECKPOINTS);
  if (checkpointsFile === undefined)
    return missing(CHECKPOINTS.join(' or '), 'the backup did not come to its end');
  const infoFile = await readFirst(folder.backup, INFO);
  if (infoFile === undefined) return missing(INFO.join(' or '), 'the backup did not come to its end');
  const checkpoints = readCheckpoints(checkpointsFile.text);
  if ('problem' in checkpoints) return malformed(checkpointsFile.name, checkpoints.problem);
  const info = readBackupInfo(infoFile.text);
  if ('problem' in info) return malformed(infoFile.name, info.problem);
  const binlogFile = await readFirst(folder.backup, BINLOG_INFO);
  const binlog = binlogFile === undefined ? undefined : readBinlogInfo(binlogFile.text);
  if (plan.pitr !== undefined && binlogFile === undefined) {
    return missing(BINLOG_INFO.join(' or '), 'no recovery to a point in time is possible');
  }
  if (plan.pitr !== undefined && binlog === undefined) {
    return malformed(binlogFile?.name ?? '', 'it names no file and position');
  }
  if (await exists(join(folder.backup, CORRUPTED_PAGES))) return corruptedPages(folder.backup);
  return { checkpoints, info, infoText: infoFile.text, binlog };
}

async function corruptedPages(backup: string): Promise<RungFinding> {
  const text = (await readFirst(backup, [CORRUPTED_PAGES]))?.text ?? '';
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return finding({
    outcome: 'failed',
    cause: 'corrupt-source',
    summary: 'the tool met corrupt pages in the database itself, and was told to go on',
    evidence: lines.map((line) => evidence(line, CORRUPTED_PAGES)),
  });
}

function crossCheck({ checkpoints, info, infoText, binlog }: Metadata): RungFinding | undefined {
  if (!isFullBackup(checkpoints) || info.incremental || info.partial) {
    return finding({
      outcome: 'failed',
      cause: 'not-a-full-backup',
      summary: 'no full backup: this one cannot be restored by itself',
      evidence: [evidence(`backup_type = ${checkpoints.backupType}, from_lsn = ${checkpoints.fromLsn}`)],
    });
  }
  const conflict = versionConflict({ tool: info.toolVersion, server: info.serverVersion });
  if (conflict !== undefined) return fail('version-mismatch', conflict);
  const toLsn = /^innodb_to_lsn\s*=\s*(\d+)\s*$/m.exec(infoText)?.[1];
  if (toLsn !== undefined && BigInt(toLsn) !== checkpoints.toLsn) {
    return fail(
      'malformed-metadata',
      `files of two backups: to_lsn is ${checkpoints.toLsn} in one and ${toLsn} in the other`,
    );
  }
  const position = /^binlog_pos = filename '([^']+)', position '(\d+)'/m.exec(infoText);
  if (position !== null && binlog !== undefined && !samePlace(position, binlog)) {
    const text = `files of two backups: the binary log ends at ${binlog.file}:${binlog.position} in one and ${position[1]}:${position[2]} in the other`;
    return fail('malformed-metadata', text);
  }
  return undefined;
}

function samePlace([, file = '', position]: RegExpExecArray, binlog: BinlogInfo): boolean {
  return file.slice(file.lastIndexOf('/') + 1) === binlog.file && Number(position) === binlog.position;
}

/** @throws Unprovable where this host cannot restore such a backup */
async function requireHostTools(session: DrillSession, info: BackupInfo): Promise<void> {
  const { programs } = toolkitFor(info.tool);
  const wanted = readServerVersion(info.serverVersion);
  for (const program of [programs.server, programs.backup]) {
    const { stdout, stderr } = await runDrillTool(session, { program, args: ['--version'] });
    const host = readServerVersion(`${stdout}\n${stderr}`);
    if (wanted !== undefined && host !== undefined && compareSeries(host, wanted) < 0) {
      const text = `${program} of this host is ${seriesOf(host)}, the backup is of server ${info.serverVersion}`;
      throw new Unprovable('version-mismatch', text);
    }
  }
}

/** The times are local times of the server: when clocks go back, a backup ends before it began. */
function warningsOf({ info, binlog }: Metadata): Evidence[] {
  const warnings: Evidence[] = [];
  if (info.tool === 'xtrabackup') {
    warnings.push(evidence('untested against the real tool: what Holdfast does with xtrabackup and MySQL'));
  }
  if (info.endTime !== '' && info.endTime < info.startTime) {
    warnings.push(evidence(`end_time ${info.endTime} is before start_time ${info.startTime}`));
  }
  if (binlog === undefined)
    warnings.push(evidence('no position in the binary logs: no recovery to a point in time'));
  return warnings;
}

function factsOf({ checkpoints, info, binlog }: Metadata): Partial<DrillFacts> {
  return {
    tool: info.tool,
    toolVersion: info.toolVersion,
    serverVersion: info.serverVersion,
    backupStartedAt: info.startTime,
    backupEndedAt: info.endTime,
    lastLsn: String(checkpoints.lastLsn),
    ...(binlog !== undefined && {
      binlogFile: binlog.file,
      binlogPosition: binlog.position,
      gtid: binlog.gtid,
    }),
  };
}

function missing(name: string, consequence: string): RungFinding {
  const summary = `${name} is missing: ${consequence}`;
  return finding({
    outcome: 'failed',
    cause: 'missing-metadata',
    summary,
    evidence: [evidence('not there', name)],
  });
}

function malformed(name: string, problem: string): RungFinding {
  const summary = `${name} cannot be read: ${problem}`;
  return finding({
    outcome: 'failed',
    cause: 'malformed-metadata',
    summary,
    evidence: [evidence(problem, name)],
  });
}

function fail(cause: DrillCause, summary: string): RungFinding {
  return finding({ outcome: 'failed', cause, summary, evidence: [evidence(summary)] });
}
