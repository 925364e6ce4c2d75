import { lastVerified, type KnownBackup } from '../drills/read-verified.js';
import { toneOfVerdict } from './drill-report.js';
import { oneLine } from './one-line.js';
import { textTable } from './text-table.js';
import { relativeTime, shortAge, utc } from './times.js';
import { paint } from './tones.js';

interface Look {
  readonly nowMs: number;
  readonly colour: boolean;
}

/** `LAST VERIFIED …` of each plan, then a line per backup. */
export function renderKnownBackups(
  backups: readonly KnownBackup[],
  { plans, ...look }: Look & { readonly plans: readonly string[] },
): string {
  const tops = plans.map((plan) => lastVerifiedLine(plan, { ...look, backups }));
  const rows = backups.map((backup) => {
    const { id, plan, takenMs, sizeBytes, present, verdicts } = backup;
    const last = verdicts.at(-1);
    const tone = toneOfVerdict(last?.verdict ?? '');
    return [
      { text: oneLine(id, 60) },
      { text: plan },
      { text: takenMs === undefined ? '-' : utc(takenMs) },
      { text: sizeBytes === undefined ? '-' : size(sizeBytes) },
      { text: last?.verdict ?? 'not drilled', ...(tone !== undefined && { tone }) },
      { text: last === undefined ? '-' : relativeTime(last.finishedMs, look.nowMs) },
      { text: takenMs === undefined ? '-' : shortAge(look.nowMs - takenMs) },
      { text: present ? '' : 'removed' },
    ];
  });
  const headers = ['BACKUP', 'PLAN', 'TAKEN', 'SIZE', 'VERDICT', 'DRILLED', 'AGE', ''];
  return [...tops, '', textTable(headers, rows, look)].join('\n');
}

function lastVerifiedLine(
  plan: string,
  { backups, nowMs, colour }: Look & { backups: readonly KnownBackup[] },
): string {
  const proven = lastVerified(backups.filter((backup) => backup.plan === plan));
  if (proven === undefined) {
    return paint(`LAST VERIFIED never (plan ${plan})`, { tone: 'bad', colour });
  }
  const drilled = proven.verdicts.findLast(({ verdict }) => verdict === 'pass');
  const taken = proven.takenMs === undefined ? '' : `, taken ${relativeTime(proven.takenMs, nowMs)}`;
  const when = drilled === undefined ? '' : `, drilled ${relativeTime(drilled.finishedMs, nowMs)}`;
  return paint(`LAST VERIFIED ${oneLine(proven.id, 60)} (plan ${plan}${taken}${when})`, {
    tone: 'good',
    colour,
  });
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.5 GiB` */
export function size(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 2 ** (10 * power);
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power] ?? 'B'}`;
}
