import { replicationConfigOf } from '../../src/domain/replication/gate-of.js';
import { refusalOf, trueRestoreCondition, waitingOf } from '../../src/domain/replication/restore-status.js';
import type { Restore } from '../../src/domain/replication/restore.js';
import { shortReason, type News, type Tone } from './news.js';

/** What is new in a Restore since `before`; `undefined` = it was not known. */
export function restoreNews(before: Restore | undefined, now: Restore): News[] {
  return [
    ...(before === undefined ? [created(now)] : []),
    ...markerNews(before, now),
    ...waitingNews(before, now),
    ...refusalNews(before, now),
    ...phaseNews(before, now),
  ];
}

function created(restore: Restore): News {
  const config = replicationConfigOf(restore);
  const text =
    config === undefined
      ? 'Restore created: one Job'
      : `Restore created: the snapshot now, the log when CompactBackup ${config.compactBackupName} has ended, too`;
  return { tone: 'plain', text };
}

function markerNews(before: Restore | undefined, now: Restore): News[] {
  return ['SnapshotRestored', 'CompactSettled'].flatMap((type): News[] => {
    const marker = trueRestoreCondition(now.status, type);
    const known = trueRestoreCondition(before?.status ?? {}, type);
    return marker === undefined || known !== undefined
      ? []
      : [{ tone: 'good', text: `marker ${type}: ${marker.reason ?? '(no reason)'}` }];
  });
}

function waitingNews(before: Restore | undefined, now: Restore): News[] {
  const waiting = waitingOf(now.status);
  const known = waitingOf(before?.status ?? {});
  if (waiting?.message === known?.message) return [];
  return waiting === undefined
    ? [{ tone: 'quiet', text: `waits no more (${known?.reason})` }]
    : [{ tone: 'waiting', text: `waits, ${waiting.reason}: ${shortReason(waiting.message)}` }];
}

function refusalNews(before: Restore | undefined, now: Restore): News[] {
  const refusal = refusalOf(now.status);
  return refusal === undefined || refusalOf(before?.status ?? {}) !== undefined
    ? []
    : [{ tone: 'bad', text: `the gate stays closed: ${refusal.reason}` }];
}

const PHASE_TONES: Readonly<Record<string, Tone>> = { Complete: 'good', Failed: 'bad' };

function phaseNews(before: Restore | undefined, now: Restore): News[] {
  const { phase, replicationStep = '(none)' } = now.status;
  if (phase === undefined || phase === before?.status.phase) return [];
  const condition = trueRestoreCondition(now.status, phase);
  const message = phase === 'Failed' ? `, ${condition?.reason}: ${condition?.message ?? ''}` : '';
  const text = `phase ${before?.status.phase ?? '(none)'} → ${phase}, step ${replicationStep}${message}`;
  return [{ tone: PHASE_TONES[phase] ?? 'quiet', text }];
}
