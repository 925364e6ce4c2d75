import type { DrillReport } from '../../src/domain/drill/drill-report.js';
import { wholeLadder } from '../../src/domain/drill/ladder.js';
import type { LedgerVerdict } from '../../src/domain/drill/ledger.js';
import type { RungResult } from '../../src/domain/drill/rung.js';

const STARTED_MS = Date.UTC(2026, 10, 22, 3, 0, 4);
const DAY_MS = 86_400_000;
const GIB = 2 ** 30;

const passedRungs: RungResult[] = [
  passed('inventory', 900, {
    measured: { objects: 214, sizeBytes: 1.42 * GIB },
    summary: '214 objects, metadata complete',
  }),
  passed('checksums', 41_200, {
    summary: 'all 214 objects agree with manifest.sha256',
    measured: { downloadedBytes: 1.42 * GIB, megabytesPerSecond: 37.1 },
  }),
  passed('unpack', 12_600, { summary: '198 files unpacked', measured: { unpackedBytes: 5.8 * GIB } }),
  passed('metadata', 120, {
    summary: 'full backup of 10.11.19 by mariadb-backup 10.11.19',
    warnings: [
      {
        text: 'end_time 2026-11-22 01:59:58 lies before start_time 2026-11-22 02:00:11',
        source: 'xtrabackup_info',
      },
    ],
  }),
];

/** Damage in a page, as innochecksum says it. */
export const failedReport: DrillReport = reportOf({
  verdict: 'fail',
  results: [
    ...passedRungs,
    {
      rung: 'pages',
      outcome: 'failed',
      summary: '1 of 61 tablespaces has a damaged page',
      cause: 'page-corruption',
      evidence: [
        { text: 'Fail: page::4 invalid', source: 'shop/orders.ibd' },
        {
          text: 'Exceeded the maximum allowed checksum mismatch count::0 current::1',
          source: 'innochecksum',
        },
      ],
      measured: { tablespaces: 61 },
      startedMs: STARTED_MS + 54_800,
      durationMs: 18_400,
    },
  ],
  rto: {
    targetMs: 4 * 3_600_000,
    basis: 'time of the rungs that a restore needs: checksums, unpack, prepare, copy-back, start, pitr',
  },
  rpo: { targetMs: 15 * 60_000, basis: 'age of the backup when the drill began' },
});

export const passedReport: DrillReport = reportOf({
  verdict: 'pass',
  results: [
    ...passedRungs,
    passed('pages', 18_400, { summary: '61 tablespaces are sound', measured: { tablespaces: 61 } }),
    passed('prepare', 66_000, {
      summary: 'the redo log was applied up to LSN 88231764',
      measured: { prepareMemoryBytes: 2 * GIB },
    }),
    passed('copy-back', 9_300, { summary: '203 files restored', measured: { restoredFiles: 203 } }),
    passed('start', 3_900, { summary: 'MariaDB 10.11.19 came up', measured: { serverStartMs: 3_420 } }),
    passed('tables', 24_000, { summary: '58 tables are OK', measured: { tables: 58 } }),
    passed('data', 31_000, {
      summary: '58 tables, the canary and 3 queries are as they have to be',
      measured: { comparedTables: 58, queries: 3 },
    }),
    passed('pitr', 15_200, {
      summary: '4 binary logs replayed without a gap',
      measured: { binlogBytes: 310 * 2 ** 20, replayedFiles: 4, replayMs: 12_800 },
    }),
  ],
  rto: {
    targetMs: 4 * 3_600_000,
    measuredMs: 148_200,
    met: true,
    basis: 'time of the rungs that a restore needs: checksums, unpack, prepare, copy-back, start, pitr',
  },
  rpo: {
    targetMs: 15 * 60_000,
    measuredMs: 19 * 60_000 + 20_000,
    met: false,
    basis: 'age of the newest proven transaction when the drill began',
  },
});

export const inconclusiveReport: DrillReport = reportOf({
  verdict: 'inconclusive',
  results: [
    ...passedRungs.slice(0, 1),
    {
      rung: 'checksums',
      outcome: 'inconclusive',
      summary: 'the object store does not answer',
      cause: 'store-unreachable',
      evidence: [
        {
          text: 'GetObject shop/orders.ibd.zst: connect ECONNREFUSED 10.4.0.17:8333 (attempt 8)',
          source: 's3',
        },
      ],
      startedMs: STARTED_MS + 900,
      durationMs: 184_000,
    },
  ],
  rto: failedReport.rto,
  rpo: failedReport.rpo,
});

/** What somebody who can write to the bucket would like to see in an operator's browser. */
export const hostileText =
  `</code></style><script>document.title='owned'</script><img src=x onerror="document.title='owned'">` +
  `" onload='x' &lt; \u202E <!-- <meta http-equiv=refresh content=0>`;

export const hostileReport: DrillReport = {
  ...failedReport,
  plan: hostileText,
  cluster: hostileText,
  summary: hostileText,
  backup: { id: hostileText, prefix: hostileText },
  store: { bucket: hostileText, endpoint: hostileText },
  evidence: [{ text: hostileText, source: hostileText }],
  warnings: [{ text: hostileText, source: hostileText }],
  rungs: failedReport.rungs.map((rung) => ({
    ...rung,
    summary: hostileText,
    cause: hostileText,
    evidence: [{ text: hostileText, source: hostileText }],
    warnings: [{ text: hostileText }],
    measured: { [hostileText]: 1 },
  })),
  facts: { serverVersion: hostileText, gtid: hostileText, binlogFile: hostileText },
  hosts: [hostileText],
  drill: { workflowId: hostileText, runId: hostileText },
};

/** Eleven drills before: one bad, one that could not tell. */
export const history: LedgerVerdict[] = Array.from({ length: 11 }, (_, index) => {
  const startedMs = STARTED_MS - (11 - index) * 7 * DAY_MS;
  const verdict = index === 4 ? 'inconclusive' : index === 7 ? 'fail' : 'pass';
  return {
    drill: `drill/production/weekly-shop-${index}/run-${index}`,
    plan: 'weekly-shop',
    backup: { id: backupId(startedMs), prefix: `shop/${backupId(startedMs)}/` },
    verdict,
    summary: 'every rung passed',
    startedMs,
    finishedMs: startedMs + (verdict === 'pass' ? 190_000 + index * 4_000 : 62_000),
    ...(index !== 4 && { sizeBytes: (1.1 + 0.03 * index - (index === 7 ? 0.6 : 0)) * GIB }),
  };
});

function backupId(startedMs: number): string {
  return new Date(startedMs - 3_600_000).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
}

function passed(
  rung: RungResult['rung'],
  durationMs: number,
  rest: Pick<RungResult, 'summary'> & Partial<RungResult>,
): RungResult {
  return { rung, outcome: 'passed', evidence: [], startedMs: STARTED_MS, durationMs, ...rest };
}

function reportOf({
  results,
  ...told
}: Pick<DrillReport, 'verdict' | 'rto' | 'rpo'> & { results: readonly RungResult[] }): DrillReport {
  const decided = results.find(({ outcome }) => outcome !== 'passed');
  const id = '20261122T020011Z';
  const spentMs = results.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0);
  return {
    version: 1,
    drill: {
      workflowId: 'drill/production/weekly-shop-2026-11-22T03:00:00Z',
      runId: '019ab2c4-6ad1-7c55-9d53-0f3f6e0f3a11',
    },
    cluster: 'production',
    plan: 'weekly-shop',
    store: { endpoint: 'https://s3.eu-central-1.example.com', bucket: 'shop-backups' },
    backup: { id, prefix: `shop/${id}/` },
    summary: decided?.summary ?? 'every rung passed',
    ...(decided && { rung: decided.rung }),
    ...(decided?.cause !== undefined && { rootCause: decided.cause }),
    evidence: decided?.evidence ?? [],
    rungs: wholeLadder(results, { pitr: { prefix: 'shop/binlogs/', target: 'newest' } }),
    facts: {
      inventoryDigest: '8c1f0e5a9d7b3b62a4f1c07d55e9f1a2b6c3d4e5f60718293a4b5c6d7e8f9012',
      objects: 214,
      sizeBytes: 1.42 * GIB,
      layout: 'directory',
      compression: 'zstd',
      manifest: 'verified',
      tool: 'mariadb-backup',
      toolVersion: '10.11.19-MariaDB',
      serverVersion: '10.11.19-MariaDB-log',
      backupStartedAt: '2026-11-22 02:00:11',
      backupEndedAt: '2026-11-22 01:59:58',
      lastLsn: '88231764',
      binlogFile: 'binlog.000412',
      binlogPosition: 7714,
      gtid: '0-1-482113',
    },
    ...told,
    warnings: results.flatMap(({ rung, warnings = [] }) =>
      warnings.map(({ text, source = rung }) => ({ text, source })),
    ),
    selfTest: false,
    hosts: ['drill-host-0'],
    startedMs: STARTED_MS,
    finishedMs: STARTED_MS + spentMs + 2_300,
  };
}
