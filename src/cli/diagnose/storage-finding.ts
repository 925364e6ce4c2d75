import type { StorageProbeResult } from '../../domain/backup/storage-probe.js';
import type { Check } from '../doctor/check.js';
import type { ProbeOutcome } from './probe-storage.js';

const MEND: Readonly<Partial<Record<StorageProbeResult['outcome'], string>>> = {
  Unreachable: 'check the endpoint in the spec, network policies, DNS and the store itself',
  Throttled: 'the store is busy: spread the backups over time, or lower spec.br.rateLimit',
  NoCredentials: 'name a Secret in the spec, or give the ServiceAccount a role',
  AccessDenied: 'correct the Secret, or the rights of its user or role',
  ClockSkew: "set the node's clock",
  NoBucket: 'create the bucket, or correct its name in the spec',
  Malformed: 'something else than an S3 store answers at that endpoint: check it in the spec',
};

/** What a look at the storage from inside the cluster means. */
export function storageFinding(outcome: ProbeOutcome, storage = ''): Check {
  const check = { area: 'Findings', name: 'storage' } as const;
  switch (outcome.kind) {
    case 'left-out':
      return { ...check, verdict: 'skip', found: `not looked at: ${outcome.why}` };
    case 'no-answer':
      return {
        ...check,
        verdict: 'warn',
        found: `the probe of ${storage} gave no answer: ${outcome.why}`,
        mend: "the Backup's own pods would suffer from the same",
      };
    case 'result':
      return resultFinding(outcome.result);
  }
}

function resultFinding({ location, outcome, message }: StorageProbeResult): Check {
  const check = { area: 'Findings', name: 'storage' } as const;
  if (outcome === 'Reached') {
    const found = `${location} is reached from inside the cluster: ${message}`;
    return { ...check, verdict: 'ok', found };
  }
  if (outcome === 'NotProbed') return { ...check, verdict: 'skip', found: message };
  const mend = MEND[outcome];
  const found = `${location}: ${outcome}: ${message}`;
  // What the store refuses without a name that we know may be a matter of the probe.
  const verdict = mend === undefined ? 'warn' : 'fail';
  return { ...check, verdict, found, ...(mend !== undefined && { mend }) };
}
