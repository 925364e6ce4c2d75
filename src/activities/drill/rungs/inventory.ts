import { baseline as Baseline } from '../../../domain/drill/baseline.js';
import { compressionOf, layoutOf } from '../../../domain/drill/backup-layout.js';
import { evidence, finding } from '../../../domain/drill/finding.js';
import { BASELINE_NAME, judgeInventory, totalBytes } from '../../../domain/drill/inventory.js';
import { sizeHistory } from '../../../domain/drill/ledger.js';
import type { Evidence, RungFinding } from '../../../domain/drill/rung.js';
import { StoreFailure } from '../../../storage/object-store.js';
import { inventoryDigest, keepInventory, listBackup } from '../backup-objects.js';
import { conclude } from '../conclude.js';
import type { DrillSession } from '../drill-session.js';

const MAX_BASELINE_BYTES = 32 * 1024 * 1024;

/** Rung 1: lists the objects, and judges their names and sizes. Nothing is downloaded but the baseline. */
export function inventory(session: DrillSession): Promise<RungFinding> {
  return conclude(session, () => takeInventory(session));
}

async function takeInventory(session: DrillSession): Promise<RungFinding> {
  const { plan, backup, folder, now } = session;
  const objects = await listBackup(session);
  const names = objects.map(({ name }) => name);
  const warnings: Evidence[] = [];
  const judged = judgeInventory({
    objects,
    layout: plan.layout,
    baseline: names.includes(BASELINE_NAME) ? await readBaseline(session, warnings) : undefined,
    history: await readHistory(session, warnings),
    minSizeRatio: plan.minSizeRatio,
    pitrRequired: plan.pitr !== undefined,
    baselineRequired: plan.baselineRequired,
    nowMs: now(),
  });
  await keepInventory(folder.inventoryFile, objects);
  session.progress({ doneFiles: objects.length, totalFiles: objects.length });
  const sizeBytes = totalBytes(objects);
  const source = `s3://${plan.store.bucket}/${backup.prefix}`;
  return finding({
    ...judged,
    evidence: judged.evidence.map((line) => ({ source, ...line })),
    warnings: [...(judged.warnings ?? []), ...warnings],
    measured: { objects: objects.length, sizeBytes },
    facts: {
      inventoryDigest: inventoryDigest(objects),
      objects: objects.length,
      sizeBytes,
      layout: layoutOf(names),
      compression: compressionOf(names),
    },
  });
}

/** A baseline that cannot be read says nothing about sizes; the rung `data` judges it. */
async function readBaseline({ store, backup }: DrillSession, warnings: Evidence[]) {
  try {
    const found = await store.readText(`${backup.prefix}${BASELINE_NAME}`, MAX_BASELINE_BYTES);
    return Baseline.parse(JSON.parse(found?.text ?? ''));
  } catch (failure) {
    if (!(failure instanceof Error) || (failure instanceof StoreFailure && failure.kind !== 'TooLarge')) {
      throw failure;
    }
    warnings.push(evidence(`the baseline cannot be read: ${failure.message}`, BASELINE_NAME));
    return undefined;
  }
}

/** A ledger that may not be read leaves the drill without a history, and says so. */
async function readHistory({ ledger, plan, backup }: DrillSession, warnings: Evidence[]): Promise<number[]> {
  try {
    const known = await ledger.readLedger();
    warnings.push(...known.problems.map((problem) => evidence(problem, 'ledger')));
    return sizeHistory(known, { plan: plan.name, except: backup.prefix });
  } catch (failure) {
    if (!(failure instanceof StoreFailure) || failure.retryable) throw failure;
    warnings.push(evidence(`sizes were not compared with those before: ${failure.message}`, 'ledger'));
    return [];
  }
}
