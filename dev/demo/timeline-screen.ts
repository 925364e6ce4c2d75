import { toRfc3339Seconds } from '../../src/domain/time.js';
import type { PendingRetry } from './backup-news.js';
import type { Tone } from './news.js';
import type { Screen, Style } from './screen.js';
import type { TimelineLine } from './timeline.js';

const TONE_STYLE: Readonly<Record<Tone, Style | undefined>> = {
  plain: undefined,
  quiet: 'dim',
  good: 'green',
  bad: 'red',
  waiting: 'yellow',
};

/** Each Backup of a scene has one, in their order. */
const BACKUP_STYLES: readonly Style[] = ['cyan', 'magenta'];

/**
 * `  +12.3s  10:31:30Z  orders-log  pod failed: OOMKilled`.
 * @param startedMs where the relative times begin, epoch milliseconds
 * @param backupNames all that will be shown: they give width and colours
 */
export function renderLine(
  line: TimelineLine,
  { screen, startedMs, backupNames }: { screen: Screen; startedMs: number; backupNames: readonly string[] },
): string {
  const { atMs, backupName, tone, text } = line;
  const since = `+${((atMs - startedMs) / 1_000).toFixed(1)}s`.padStart(7);
  const clock = toRfc3339Seconds(atMs).slice(11);
  const width = Math.max(...backupNames.map((name) => name.length));
  const backupStyle = BACKUP_STYLES[backupNames.indexOf(backupName) % BACKUP_STYLES.length];
  const style = TONE_STYLE[tone];
  return [
    screen.paint('dim', `${since}  ${clock}`),
    backupStyle === undefined
      ? backupName.padEnd(width)
      : screen.paint(backupStyle, backupName.padEnd(width)),
    style === undefined ? text : screen.paint(style, text),
  ].join('  ');
}

/** The last line of the screen while retries wait; `''` when none does. */
export function countdown(pending: readonly PendingRetry[], nowMs: number): string {
  const waits = pending.map(({ backupName, retryNum, dueMs }) => {
    const leftSeconds = Math.max(dueMs - nowMs, 0) / 1_000;
    return `${backupName}: retry ${retryNum} in ${leftSeconds.toFixed(1)} s`;
  });
  return waits.length === 0 ? '' : `  ... ${waits.join('   ')}`;
}
