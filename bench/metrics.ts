import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark.js';
import { busyPercent, describeMachine, lookAtMachine } from './machine.js';
import { markdownTable } from './markdown-table.js';
import { failureOf } from './metrics/failed-backup.js';
import { startScrapedWatch, type Scrape, type ScrapedWatch } from './metrics/scraped-watch.js';
import { healthyPages } from './watch/healthy-pages.js';

const BACKUPS = 10_000;
const SOME_FAILED = 100;
const SCRAPES = 10;
/** Of Prometheus, where nobody says otherwise. */
const SCRAPE_TIMEOUT_MS = 10_000;

interface Row {
  readonly what: string;
  readonly failed: number;
  readonly scrape: Scrape;
}

/** What a page of metrics costs with many Backups, of which none, some and all have failed. */
export async function benchMetrics({ say }: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const before = lookAtMachine();
  const watch = await startScrapedWatch();
  try {
    const rows = await measure(watch, say);
    const after = lookAtMachine();
    const load = `load average ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after`;
    const anomalies = anomaliesOf(rows);
    const report = [
      `${describeMachine()}; ${load}; cores busy ${busyPercent(before, after).toFixed(0)} %`,
      table(rows),
      `Anomalies: ${anomalies.length}`,
      ...anomalies.map((anomaly) => `- ${anomaly}`),
    ];
    return { report: report.join('\n\n'), anomalies };
  } finally {
    await watch.close();
  }
}

async function measure({ view, scrape }: ScrapedWatch, say: (line: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  const look = async (what: string, failed: number): Promise<void> => {
    say(`${SCRAPES} scrapes: ${what}`);
    rows.push({ what, failed, scrape: await scrape(SCRAPES) });
  };
  const backups = healthyPages(BACKUPS)('backups', { from: 0, count: BACKUPS });
  await scrape(SCRAPES); // Compiles the code.
  await look('nothing to watch', 0);
  for (const backup of backups) view.backupSeen(backup);
  await look(`${BACKUPS} Backups, none ever failed`, 0);
  for (const failed of [SOME_FAILED, BACKUPS]) {
    const stages = backups.slice(rows.at(-1)?.failed, failed).flatMap(failureOf);
    for (const stage of stages) view.backupSeen(stage);
    await look(`${BACKUPS} Backups, ${failed} failed`, failed);
  }
  view.forgetUnseen({ kind: 'backups', namespace: undefined, uids: new Set() });
  await look('all of them deleted', 0);
  return rows;
}

function table(rows: readonly Row[]): string {
  const [yardstick] = rows;
  const times = (value: number, of: number | undefined) => `${(value / (of ?? Number.NaN)).toFixed(1)} ×`;
  return markdownTable(
    ['/metrics', 'series', 'KiB', 'size ÷ nothing', 'p50 ms', 'max ms', 'time ÷ nothing', 'of the timeout'],
    rows.map(({ what, scrape }) => [
      what,
      String(scrape.series),
      (scrape.bytes / 1_024).toFixed(0),
      times(scrape.bytes, yardstick?.scrape.bytes),
      scrape.p50Ms.toFixed(1),
      scrape.maxMs.toFixed(1),
      times(scrape.p50Ms, yardstick?.scrape.p50Ms),
      `${((100 * scrape.maxMs) / SCRAPE_TIMEOUT_MS).toFixed(1)} %`,
    ]),
  );
}

/** Speed is for the reader to judge; how many series there are is not. */
function anomaliesOf(rows: readonly Row[]): string[] {
  const empty = rows[0]?.scrape.series;
  const some = rows.find(({ failed }) => failed === SOME_FAILED);
  const ofOne = (some === undefined || empty === undefined ? 0 : some.scrape.series - empty) / SOME_FAILED;
  return rows
    .filter(({ failed, scrape }) => scrape.series !== (empty ?? 0) + failed * ofOne)
    .map(({ what, scrape }) => `${what}: ${scrape.series} series`);
}
