import { DrillReport } from '../domain/drill/drill-report.js';
import type { ObjectStore } from './object-store.js';
import { parsedJson } from './parsed-json.js';

const MAX_REPORT_BYTES = 8 * 1024 * 1024;

/**
 * The report of one drill, by the key that its verdict in the ledger names.
 * @returns `gone` where it is not there; `unknown` where it is none of a version that this program knows
 * @throws StoreFailure
 */
export async function readDrillReport(
  store: ObjectStore,
  key: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<DrillReport | 'gone' | 'unknown'> {
  const found = await store.readText(key, MAX_REPORT_BYTES, options);
  if (found === undefined) return 'gone';
  return DrillReport.safeParse(parsedJson(found.text)).data ?? 'unknown';
}
