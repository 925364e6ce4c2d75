import type { LogJobSpec } from '../../domain/backup/log-job-spec.js';
import { selectStorage, type SelectedStorage } from '../../domain/storage-location.js';

/** A Secret in the Backup's namespace that its Job cannot do without. Reasons are TiDB Operator's. */
export interface SecretRequirement {
  readonly name: string;
  /** Reason where the Secret does not exist. */
  readonly absentReason: string;
  readonly keys: readonly KeyRequirement[];
}

export interface KeyRequirement {
  /** One complete set of these is enough. */
  readonly anyOf: readonly (readonly string[])[];
  /** Reason where none is complete. */
  readonly reason: string;
}

export interface SecretProblem {
  readonly reason: string;
  readonly message: string;
}

/** Every Secret that must exist before a Job with this storage can start. */
export function secretRequirementsOf(spec: LogJobSpec): SecretRequirement[] {
  const storage = selectStorage(spec);
  return [
    ...(spec.from == null
      ? []
      : [
          {
            name: spec.from.secretName,
            absentReason: 'GetTidbSecretFailed',
            keys: [{ anyOf: [['password']], reason: 'KeyNotExist' }],
          },
        ]),
    ...(storage === undefined ? [] : storageRequirements(storage)),
  ];
}

/**
 * What is wrong with one Secret; `undefined` where it will do.
 * @param presentKeys keys of the Secret's data; `undefined` where the Secret does not exist
 */
export function secretProblem(
  { name, absentReason, keys }: SecretRequirement,
  presentKeys: readonly string[] | undefined,
): SecretProblem | undefined {
  if (presentKeys === undefined) return { reason: absentReason, message: `Secret ${name} does not exist` };
  const unmet = keys.find(({ anyOf }) => !anyOf.some((set) => set.every((key) => presentKeys.includes(key))));
  if (unmet === undefined) return undefined;
  const wanted = unmet.anyOf.map((set) => set.join(', ')).join(' or ');
  return { reason: unmet.reason, message: `Secret ${name} lacks keys: it needs ${wanted}` };
}

function storageRequirements(storage: SelectedStorage): SecretRequirement[] {
  switch (storage.kind) {
    case 's3':
      return requirement(storage.s3.secretName, {
        absentReason: 'GetS3SecretFailed',
        keys: [{ anyOf: [['access_key', 'secret_key']], reason: 's3KeyNotExist' }],
      });
    case 'gcs':
      return requirement(storage.gcs.secretName, {
        absentReason: 'GetGcsSecretFailed',
        keys: [{ anyOf: [['credentials']], reason: 'gcsKeyNotExist' }],
      });
    case 'azblob':
      return requirement(storage.azblob.secretName, {
        absentReason: 'GetAzblobSecretFailed',
        keys: azblobKeys(storage.azblob),
      });
    case 'local':
      return [];
  }
}

function azblobKeys({
  storageAccount = '',
  sasToken = '',
}: Extract<SelectedStorage, { kind: 'azblob' }>['azblob']): KeyRequirement[] {
  const account = { anyOf: [['AZURE_STORAGE_ACCOUNT']], reason: 'azblobAccountNotExist' };
  const credentials = {
    anyOf: [['AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET', 'AZURE_TENANT_ID'], ['AZURE_STORAGE_KEY']],
    reason: 'azblobKeyOrAADMissing',
  };
  return [...(storageAccount === '' ? [account] : []), ...(sasToken === '' ? [credentials] : [])];
}

/** No Secret named: the pod gets its rights in another way, for example from its ServiceAccount. */
function requirement(name: string | undefined, rest: Omit<SecretRequirement, 'name'>): SecretRequirement[] {
  return name === undefined || name === '' ? [] : [{ name, ...rest }];
}
