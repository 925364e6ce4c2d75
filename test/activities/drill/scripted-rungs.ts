import type { DrillSession, Rung, Rungs } from '../../../src/activities/drill/drill-session.js';
import type { DrillFacts, RungFinding, RungName } from '../../../src/domain/drill/rung.js';

const FACTS: Partial<Record<RungName, Partial<DrillFacts>>> = {
  inventory: { inventoryDigest: 'd1', sizeBytes: 1_000 },
  checksums: { manifest: 'verified' },
  metadata: { tool: 'mariadb-backup', lastLsn: '42' },
};

export function passed(rung: RungName): RungFinding {
  const facts = FACTS[rung];
  return { outcome: 'passed', summary: `${rung} is fine`, evidence: [], ...(facts && { facts }) };
}

/** Rungs that pass, except where the script says otherwise. */
export function scriptedRungs(
  script: Partial<Record<RungName, (session: DrillSession) => RungFinding | Promise<RungFinding>>>,
): Rungs {
  const rungOf =
    (rung: RungName): Rung =>
    async (session) =>
      (await script[rung]?.(session)) ?? passed(rung);
  return {
    inventory: rungOf('inventory'),
    checksums: rungOf('checksums'),
    unpack: rungOf('unpack'),
    metadata: rungOf('metadata'),
    pages: rungOf('pages'),
    prepare: rungOf('prepare'),
    'copy-back': rungOf('copy-back'),
    start: rungOf('start'),
    tables: rungOf('tables'),
    data: rungOf('data'),
    pitr: rungOf('pitr'),
  };
}
