import { completeJob, healthyBackup } from '../healthy-objects.js';
import type { Page } from './scripted-lists.js';

/** So many log Backups that run well, each with the Job that has started it, as an API server has them. */
export function healthyPages(total: number): Page {
  const makers = new Map<string, (index: number) => object>([
    ['backups', backupAt],
    ['jobs', jobAt],
  ]);
  return (resource, { from, count }) => {
    const make = makers.get(resource);
    if (make === undefined) return [];
    return Array.from({ length: Math.max(0, Math.min(count, total - from)) }, (_, at) => make(from + at));
  };
}

function backupAt(index: number): object {
  return stored(healthyBackup(identityOf(index)), index);
}

function jobAt(index: number): object {
  return stored(completeJob({ ...identityOf(index), uid: uidOf(`orders-${index}`, index) }), index);
}

function identityOf(index: number): { name: string; namespace: string } {
  return { name: `orders-${index}`, namespace: `team-${index % 100}` };
}

function uidOf(name: string, index: number): string {
  return `6b2f4c1e-0000-4000-8000-${name.length}${String(index).padStart(11, '0')}`;
}

function stored({ metadata, ...rest }: { metadata: { name: string } }, index: number): object {
  return {
    ...rest,
    metadata: {
      ...metadata,
      uid: uidOf(metadata.name, index),
      resourceVersion: String(100_000 + index),
      creationTimestamp: '2026-11-21T10:00:00Z',
      // As large as those of objects that several programs write.
      managedFields: [
        { manager: 'backup-manager', operation: 'Update', fieldsV1: { text: 'x'.repeat(2_000) } },
      ],
    },
  };
}
