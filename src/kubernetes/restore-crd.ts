import { askedRarely } from './asked-rarely.js';
import { keepsSpecField, readKindSchemas } from './kind-schema.js';
import type { ReadDocument } from './read-document.js';
import { RESTORES } from './resources.js';
import { kindsWithStatusSubresource } from './status-subresource.js';

/** What has to be known of the CRD of Restores before one is run. @throws ApiFailure */
export interface RestoreCrd {
  /** Whether what is written to `status` would be dropped. */
  hasStatusSubresource(): Promise<boolean>;
  /** Whether `spec.replicationConfig` is dropped; a CRD that is not installed drops nothing. */
  dropsReplicationConfig(): Promise<boolean>;
}

/** As the API server has it now. */
export function restoreCrd(read: ReadDocument): RestoreCrd {
  return {
    hasStatusSubresource: async () => (await kindsWithStatusSubresource(read)).includes(RESTORES),
    dropsReplicationConfig: async () => {
      const schema = (await readKindSchemas(read))(RESTORES.kind);
      return schema !== undefined && !keepsSpecField(schema, 'replicationConfig');
    },
  };
}

/** Long enough for a storm of restores: the schemas of all kinds are some megabytes. */
const MAX_AGE_MS = 10_000;

/** As the API server had it within the last ten seconds. */
export function recentRestoreCrd(read: ReadDocument, now: () => number): RestoreCrd {
  const { hasStatusSubresource, dropsReplicationConfig } = restoreCrd(read);
  const how = { maxAgeMs: MAX_AGE_MS, now };
  return {
    hasStatusSubresource: askedRarely(hasStatusSubresource, how),
    dropsReplicationConfig: askedRarely(dropsReplicationConfig, how),
  };
}
