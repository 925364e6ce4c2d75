import type { Restore } from './restore.js';

/** `spec.replicationConfig.compactBackupName`; `undefined` where the spec names none. */
export function compactBackupNameOf({ spec: { replicationConfig } }: Restore): string | undefined {
  const name: unknown =
    typeof replicationConfig === 'object' &&
    replicationConfig !== null &&
    'compactBackupName' in replicationConfig
      ? replicationConfig.compactBackupName
      : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
