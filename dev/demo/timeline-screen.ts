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

/** Each object of a story has one, in their order. */
const SUBJECT_STYLES: readonly Style[] = ['cyan', 'magenta'];

/**
 * `  +12.3s  10:31:30Z  orders-log  pod failed: OOMKilled`.
 * @param startedMs where the relative times begin, epoch milliseconds
 * @param subjects names of all that will be shown: they give width and colours
 */
export function renderLine(
  line: TimelineLine,
  { screen, startedMs, subjects }: { screen: Screen; startedMs: number; subjects: readonly string[] },
): string {
  const { atMs, subject, tone, text } = line;
  const since = `+${((atMs - startedMs) / 1_000).toFixed(1)}s`.padStart(7);
  const clock = toRfc3339Seconds(atMs).slice(11);
  const width = Math.max(...subjects.map((name) => name.length));
  const subjectStyle = SUBJECT_STYLES[subjects.indexOf(subject) % SUBJECT_STYLES.length];
  const style = TONE_STYLE[tone];
  return [
    screen.paint('dim', `${since}  ${clock}`),
    subjectStyle === undefined ? subject.padEnd(width) : screen.paint(subjectStyle, subject.padEnd(width)),
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
