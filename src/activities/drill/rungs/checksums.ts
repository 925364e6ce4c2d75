import { mkdir } from 'node:fs/promises';
import { evidence, finding, type RungDraft } from '../../../domain/drill/finding.js';
import { totalBytes, type InventoryObject } from '../../../domain/drill/inventory.js';
import {
  compareManifest,
  MANIFEST_NAME,
  parseManifest,
  type Manifest,
} from '../../../domain/drill/manifest.js';
import type { RungFinding } from '../../../domain/drill/rung.js';
import { knownObjects } from '../backup-objects.js';
import { compareChecksums } from '../compare-checksums.js';
import { conclude } from '../conclude.js';
import { keepDigests } from '../missing-manifest.js';
import type { DrillSession } from '../drill-session.js';
import { createSpaceBudget, demandSpace, folderBytes } from '../space-budget.js';

/** About half a million files. */
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** Rung 2: downloads every object, hashes it on the way, and compares it with the manifest. */
export function checksums(session: DrillSession): Promise<RungFinding> {
  return conclude(session, () => downloadAll(session));
}

async function downloadAll(session: DrillSession): Promise<RungFinding> {
  const { folder, plan, store, backup } = session;
  const startedMs = performance.now();
  await mkdir(folder.objects, { recursive: true, mode: 0o700 });
  await mkdir(folder.run, { recursive: true, mode: 0o700 });
  const objects = await knownObjects(session);
  const stored = await store.readText(`${backup.prefix}${MANIFEST_NAME}`, MAX_MANIFEST_BYTES);
  const manifest = stored === undefined ? undefined : parseManifest(stored.text);
  const listed = manifest && judgeManifest(manifest, objects);
  // What is known to be bad, or unproven, is worth a download only to whoever wants all the evidence.
  if (listed && !plan.collectAll) return finding(listed);
  const budget = await createSpaceBudget({ root: folder.root, limitBytes: plan.limits.workBytes });
  await demandSpace(budget, totalBytes(objects) - (await folderBytes(folder.objects)));
  const compared = await compareChecksums(session, { objects, manifest, budget });
  if (!manifest) await keepDigests(folder, compared.digests);
  const seconds = (performance.now() - startedMs) / 1000;
  const downloadedBytes = totalBytes(objects);
  const draft = listed?.outcome === 'failed' ? listed : (compared.draft ?? listed);
  return finding({
    ...(draft ?? passed(manifest, objects.length)),
    warnings: [...compared.warnings, ...(manifest ? [] : [evidence(`there is no ${MANIFEST_NAME}`)])],
    measured: { downloadedBytes, megabytesPerSecond: downloadedBytes / 1e6 / Math.max(seconds, 0.001) },
    facts: { manifest: manifest && !draft ? 'verified' : 'absent' },
  });
}

function passed(manifest: Manifest | undefined, objects: number): RungDraft {
  if (manifest?.writtenByDrill !== undefined) {
    const summary = `${objects} objects are byte for byte those that an earlier drill verified`;
    const text = `source: drill ${manifest.writtenByDrill}: it proves that nothing changed since then, not what was there at backup time`;
    return { outcome: 'passed', summary, evidence: [evidence(text, MANIFEST_NAME)] };
  }
  const summary = manifest
    ? `${objects} objects are those of the manifest, byte for byte`
    : `${objects} objects were downloaded; nothing proves their bytes yet`;
  return { outcome: 'passed', summary };
}

/** What the manifest says before anything is downloaded; `undefined` where it lists exactly what is there. */
function judgeManifest(manifest: Manifest, objects: readonly InventoryObject[]): RungDraft | undefined {
  const names = objects.map(({ name }) => name);
  const { missing, unlisted } = compareManifest(manifest, names);
  if (manifest.problems.length > 0) {
    const lines = manifest.problems.map((problem) => evidence(problem, MANIFEST_NAME));
    return unproven(`the manifest is damaged: ${manifest.problems[0] ?? ''}`, lines);
  }
  if (missing.length > 0) {
    return {
      outcome: 'failed',
      cause: 'missing-object',
      summary: `${missing.length} objects of the manifest are not there: ${missing[0] ?? ''}`,
      evidence: missing.map((name) => evidence('listed in the manifest, not in the bucket', name)),
    };
  }
  if (unlisted.length === 0) return undefined;
  const lines = unlisted.map((name) => evidence('in the bucket, not listed in the manifest', name));
  return unproven(`${unlisted.length} objects are not in the manifest: ${unlisted[0] ?? ''}`, lines);
}

function unproven(summary: string, lines: RungDraft['evidence']): RungDraft {
  return { outcome: 'inconclusive', cause: 'unproven-bytes', summary, ...(lines && { evidence: lines }) };
}
