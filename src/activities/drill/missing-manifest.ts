import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isSystemError } from '../../database/process-identity.js';
import { evidence } from '../../domain/drill/finding.js';
import { rungsOf } from '../../domain/drill/ladder.js';
import { drillManifest, MANIFEST_NAME } from '../../domain/drill/manifest.js';
import type { Evidence, RungFinding, RungName } from '../../domain/drill/rung.js';
import { StoreFailure } from '../../storage/object-store.js';
import type { DrillSession, WorkFolder } from './drill-session.js';

const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
const Digests = z.array(z.tuple([z.string(), z.string()]));

export interface LastRung {
  readonly rung: RungName;
  readonly found: RungFinding;
  /** The drill, as the manifest names it. */
  readonly drill: string;
  readonly selfTest: boolean;
}

/** What was downloaded, for a manifest at the end of the ladder. */
export async function keepDigests(
  { run }: Pick<WorkFolder, 'run'>,
  digests: ReadonlyMap<string, string>,
): Promise<void> {
  const file = digestsFile(run);
  await writeFile(`${file}.new`, JSON.stringify([...digests]), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/**
 * Writes the manifest that a backup lacks, where the plan allows it, after the last rung has passed: now a baseline has
 * proved what the bytes hold. One that is there is never replaced, and a store that refuses it changes no verdict.
 * @returns the finding, with what became of the manifest
 */
export async function writeMissingManifest(session: DrillSession, last: LastRung): Promise<RungFinding> {
  const { found } = last;
  if (!isDue(session, last)) return found;
  const digests = await keptDigests(session.folder);
  if (digests === undefined) return found;
  try {
    await writeOnce(session, drillManifest(last.drill, digests));
    return { ...found, facts: { ...found.facts, manifest: 'written' } };
  } catch (failure) {
    if (!(failure instanceof StoreFailure)) throw failure;
    const warning: Evidence = evidence(`the manifest was not written: ${failure.message}`, MANIFEST_NAME);
    return { ...found, warnings: [...(found.warnings ?? []), warning] };
  }
}

/** Without `collectAll` whoever comes to the last rung has passed all before it. */
function isDue({ plan, facts }: DrillSession, { rung, found, selfTest }: LastRung): boolean {
  const known = { ...facts, ...found.facts };
  return (
    plan.writeMissingManifest &&
    !plan.collectAll &&
    !selfTest &&
    rung === rungsOf(plan).at(-1) &&
    found.outcome === 'passed' &&
    known.baseline === 'verified' &&
    known.manifest === 'absent'
  );
}

/** An attempt that died after it had written is no conflict. */
async function writeOnce({ store, backup }: DrillSession, text: string): Promise<void> {
  const key = `${backup.prefix}${MANIFEST_NAME}`;
  try {
    await store.writeText(key, { text, contentType: 'text/plain; charset=utf-8' }, { ifAbsent: true });
  } catch (failure) {
    if (!(failure instanceof StoreFailure) || failure.kind !== 'Conflict') throw failure;
    const there = await store.readText(key, MAX_MANIFEST_BYTES);
    if (there?.text !== text) throw failure;
  }
}

async function keptDigests({ run }: Pick<WorkFolder, 'run'>): Promise<Map<string, string> | undefined> {
  try {
    return new Map(Digests.parse(JSON.parse(await readFile(digestsFile(run), 'utf8'))));
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return undefined;
    throw failure;
  }
}

function digestsFile(run: string): string {
  return join(run, 'digests.json');
}
