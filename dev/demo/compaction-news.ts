import type { CompactBackup } from '../../src/domain/replication/compact-backup.js';
import { compactionProgress } from '../../src/domain/replication/shard-progress.js';
import type { News, Tone } from './news.js';

const TONES: Readonly<Record<string, Tone>> = { Complete: 'good', Failed: 'bad' };

/** What is new in a CompactBackup since `before`; `undefined` = it was not known. */
export function compactionNews(before: CompactBackup | undefined, now: CompactBackup): News[] {
  const state = now.status.state ?? '';
  const progress = compactionProgress(now);
  const isNew = before === undefined;
  const moved = state !== (before?.status.state ?? '');
  const went = !isNew && progress !== compactionProgress(before) && state === 'Running';
  return [
    ...(isNew ? [{ tone: 'plain', text: 'CompactBackup created' } as const] : []),
    ...(moved ? [{ tone: TONES[state] ?? 'quiet', text: movedText(state, now) }] : []),
    ...(went && !moved ? [{ tone: 'quiet', text: progress } as const] : []),
  ];
}

/** Who writes it is said once, where it begins. */
function movedText(state: string, { status }: CompactBackup): string {
  return state === 'Scheduled' && status.message !== undefined
    ? `compaction ${state} (${status.message})`
    : `compaction ${state}`;
}
