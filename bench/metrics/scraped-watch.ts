import { request } from 'undici';
import { createBackupView, type BackupView } from '../../src/activities/watch/backup-view.js';
import { serveEndpoints } from '../../src/observability/http-endpoints.js';
import { createLogger } from '../../src/observability/logger.js';
import { createWorkerMetrics } from '../../src/observability/metrics.js';
import { beginWatchObserver } from '../../src/worker/watch-observer.js';
import { nowMs } from '../machine.js';
import { summarize } from '../statistics.js';

/** One look at /metrics. */
export interface Scrape {
  readonly series: number;
  readonly bytes: number;
  /** Of several, from the request to the last byte. */
  readonly p50Ms: number;
  readonly maxMs: number;
}

/** The view of a watch and what it serves, over HTTP. */
export interface ScrapedWatch {
  readonly view: BackupView;
  scrape(times: number): Promise<Scrape>;
  close(): Promise<void>;
}

/** As a worker has it, in this process, without the SDK's own metrics. */
export async function startScrapedWatch(): Promise<ScrapedWatch> {
  const metrics = createWorkerMetrics({ cluster: 'bench' });
  const observer = beginWatchObserver(metrics, createLogger({ level: 'silent', format: 'json' }));
  const view = createBackupView({
    onAttention: () => undefined,
    operatorOwns: () => false,
    hasWorkflow: () => true,
    now: Date.now,
    onChange: observer.backupChanged,
    onJobGone: () => undefined,
  });
  const endpoints = await serveEndpoints({
    host: '127.0.0.1',
    port: 0,
    registries: metrics.registries,
    // The discard port: nobody answers, and the page says so in a comment.
    sdkMetricsUrl: 'http://127.0.0.1:9/metrics',
    notReady: async () => [],
  });
  const url = `http://127.0.0.1:${endpoints.port}/metrics`;
  return { view, scrape: (times) => scrape(url, times), close: endpoints.close };
}

async function scrape(url: string, times: number): Promise<Scrape> {
  const tookMs: number[] = [];
  let page = '';
  for (let time = 0; time < times; time += 1) {
    const beganMs = nowMs();
    // A connection of its own each: one that was idle while this process was busy may be closed.
    const { body } = await request(url, { reset: true });
    page = await body.text();
    tookMs.push(nowMs() - beganMs);
  }
  const { p50, max } = summarize(tookMs);
  const series = page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  return { series, bytes: Buffer.byteLength(page), p50Ms: p50, maxMs: max };
}
