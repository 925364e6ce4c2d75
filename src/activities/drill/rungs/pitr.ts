import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { chainProblem, type BinlogProblem, type BinlogScan } from '../../../domain/drill/binlog-chain.js';
import type { Gtid } from '../../../domain/drill/binlog-event.js';
import type { BinlogInfo } from '../../../domain/drill/binlog-info.js';
import { evidence, finding } from '../../../domain/drill/finding.js';
import { gtidText, parseGtids } from '../../../domain/drill/gtid-state.js';
import { planReplay, type ReplayPlan } from '../../../domain/drill/replay-plan.js';
import type { RungFinding } from '../../../domain/drill/rung.js';
import { isBinlogProblem, scanBinlog } from '../../../database/binlog-scan.js';
import { replayBinlogs, type ReplayEnd, type ReplayResult } from '../../../database/replay.js';
import { exists } from '../backup-files.js';
import { fetchBinlogs } from '../binlog-archive.js';
import { conclude, Unprovable } from '../conclude.js';
import { serverOf } from '../drill-server.js';
import { blameHost, toolkitOf, toolTimeoutMs } from '../drill-tools.js';
import type { DrillSession } from '../drill-session.js';
import { inParallel } from '../in-parallel.js';
import { copyBackRung } from './copy-back.js';

/** Says that a replay was begun: it cannot be repeated on the same data. */
const REPLAY_MARK = 'replay-begun';

/** Binary logs: complete and sound by proof from the files alone, then replayed up to the target. */
export function pitrRung(session: DrillSession): Promise<RungFinding> {
  return conclude(session, async () => {
    const { plan, facts } = session;
    if (plan.pitr === undefined) throw new Unprovable('plan-mismatch', 'the plan names no binary logs');
    const { binlogFile: file, binlogPosition: position, gtid = '' } = facts;
    if (file === undefined || position === undefined) {
      return failed({
        cause: 'missing-metadata',
        summary: 'the backup names no position in the binary logs',
      });
    }
    const info = { file, position, gtid };
    const fetched = await fetchBinlogs(session, { prefix: plan.pitr.prefix, info });
    if ('cause' in fetched) return failed(fetched);
    const target = targetOf(plan.pitr.target);
    const scans = await scanAll(session, { files: fetched.files, info, target });
    if ('cause' in scans) return failed(scans);
    const gap = chainProblem(info, scans);
    if (gap !== undefined) return failed(gap);
    const replay = planReplay({ info, scans, target });
    if ('cause' in replay) return failed(replay);
    const measured = { binlogBytes: fetched.bytes, binlogFiles: scans.length };
    const result = await replayAll(session, { replay, scans });
    return { ...result, measured: { ...measured, ...result.measured } };
  });
}

function targetOf(target: 'newest' | { readonly gtid: string }): Gtid | undefined {
  if (target === 'newest') return undefined;
  const [gtid, more] = parseGtids(target.gtid) ?? [];
  if (gtid === undefined || more !== undefined) {
    throw new Unprovable('plan-mismatch', `the target ${target.gtid} is not one GTID of MariaDB's form`);
  }
  return gtid;
}

interface ScanAll {
  readonly files: readonly string[];
  readonly info: BinlogInfo;
  readonly target: Gtid | undefined;
}

async function scanAll(
  session: DrillSession,
  { files, info, target }: ScanAll,
): Promise<BinlogScan[] | BinlogProblem> {
  const results = new Map<string, BinlogScan | BinlogProblem>();
  const { folder, signal } = session;
  await inParallel(files, { atOnce: availableParallelism(), signal }, async (file, stop) => {
    const question = {
      path: join(folder.binlogs, file),
      ...(file === info.file && { backupPosition: info.position }),
      ...(target !== undefined && { target }),
      signal: stop,
    };
    results.set(file, await scanBinlog(question));
    session.progress({ doneFiles: results.size, totalFiles: files.length });
  });
  const scans: BinlogScan[] = [];
  for (const file of files) {
    const result = results.get(file);
    if (result === undefined) continue;
    if (isBinlogProblem(result)) return result;
    scans.push(result);
  }
  return scans;
}

async function replayAll(
  session: DrillSession,
  { replay, scans }: { replay: ReplayPlan; scans: readonly BinlogScan[] },
): Promise<RungFinding> {
  const { folder, signal } = session;
  if (replay.files.length === 0) return passed({ replay, scans });
  const stale = await freshData(session);
  if (stale !== undefined) return stale;
  const server = await serverOf(session);
  server.session.close();
  await writeFile(join(folder.run, REPLAY_MARK), '', { mode: 0o600 });
  const begunMs = performance.now();
  const result = await replayBinlogs({
    toolkit: toolkitOf(session),
    login: server.record.admin,
    folder,
    files: replay.files.map((file) => join(folder.binlogs, file)),
    startPosition: replay.startPosition,
    ...(replay.stopPosition !== undefined && { stopPosition: replay.stopPosition }),
    temporary: join(folder.run, 'replay'),
    timeoutMs: toolTimeoutMs(session),
    signal,
    onBytes: (replayedBytes) => session.progress({ replayedBytes }),
  });
  const problem = replayProblem(session, { result, replay });
  if (problem !== undefined) return problem;
  return passed({ replay, scans, replayMs: Math.round(performance.now() - begunMs) });
}

/** A replay that was begun before has changed the data: it starts from the backup again. */
async function freshData(session: DrillSession): Promise<RungFinding | undefined> {
  if (!(await exists(join(session.folder.run, REPLAY_MARK)))) return undefined;
  const restored = await copyBackRung(session);
  return restored.outcome === 'passed' ? undefined : restored;
}

function replayProblem(
  session: DrillSession,
  { result, replay }: { result: ReplayResult; replay: ReplayPlan },
): RungFinding | undefined {
  const { programs } = toolkitOf(session);
  const ends: readonly (readonly [string, ReplayEnd])[] = [
    [programs.binlog, result.reader],
    [programs.client, result.client],
  ];
  for (const [program, end] of ends) {
    if (end.missing) throw new Unprovable('tool-missing', `there is no program ${program} on this host`);
  }
  if (result.timedOut) throw new Unprovable('tool-timeout', 'the replay did not end in time');
  const bad = ends.filter(([, { exitCode }]) => exitCode !== 0);
  if (bad.length > 0) {
    for (const [program, { stderr }] of bad) blameReplay(program, stderr);
    const lines = bad.flatMap(([program, { stderr }]) =>
      lastLines(stderr).map((line) => evidence(line, program)),
    );
    const summary = bad
      .map(([program, { exitCode }]) => `${program} ended with ${exitCode ?? 'a signal'}`)
      .join(', ');
    return finding({ outcome: 'failed', cause: 'replay-failed', summary, evidence: lines });
  }
  const expected = replay.last && gtidText(replay.last.gtid);
  if (expected === undefined || result.lastGtid === expected) return undefined;
  return failed({
    cause: 'target-missing',
    summary: `the server was given transactions up to ${result.lastGtid ?? 'none'}, the target is ${expected}`,
  });
}

/** A table of an engine that the private server refuses on purpose cannot be replayed into. */
function blameReplay(program: string, stderr: string): void {
  const line = lastLines(stderr).find((text) =>
    /Unknown storage engine|Can't open shared library/.test(text),
  );
  if (line !== undefined) throw new Unprovable('unsupported', `${program}: ${line}`);
  blameHost(program, stderr);
}

function lastLines(stderr: string): string[] {
  return stderr
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-5);
}

interface Passed {
  readonly replay: ReplayPlan;
  readonly scans: readonly BinlogScan[];
  readonly replayMs?: number;
}

function passed({ replay, scans, replayMs }: Passed): RungFinding {
  const { last } = replay;
  const unproven = scans.filter(({ checksums }) => !checksums);
  return finding({
    outcome: 'passed',
    summary:
      last === undefined
        ? 'the binary logs hold nothing after the backup, and go on from it without a gap'
        : `replayed ${replay.files.length} binary logs without a gap up to ${gtidText(last.gtid)}`,
    evidence: [],
    warnings: unproven.map(({ file }) => evidence('carries no checksums: its bytes are not proven', file)),
    measured: { replayedFiles: replay.files.length, ...(replayMs !== undefined && { replayMs }) },
    ...(last !== undefined && { facts: { newestProvenMs: last.timestampSeconds * 1000 } }),
  });
}

function failed({ cause, summary, file }: BinlogProblem): RungFinding {
  const outcome = cause === 'encryption' || cause === 'unsupported' ? 'inconclusive' : 'failed';
  return finding({ outcome, cause, summary, evidence: [evidence(summary, file)] });
}
