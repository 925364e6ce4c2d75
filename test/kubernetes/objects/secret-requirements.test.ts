import { expect, test } from 'vitest';
import { LogJobSpec } from '../../../src/domain/backup/log-job-spec.js';
import { secretProblem, secretRequirementsOf } from '../../../src/kubernetes/objects/secret-requirements.js';

const br = { cluster: 'basic' };
const s3 = { provider: 'aws', secretName: 'keys' };
const gcs = { projectId: 'shop', secretName: 'keys' };
const azblob = { secretName: 'keys' };
const account = { ...azblob, storageAccount: 'shop' };
const from = { secretName: 'keys' };

test.each([
  ['an absent Secret', { s3 }, undefined, 'GetS3SecretFailed'],
  ['one key of two', { s3 }, ['access_key'], 's3KeyNotExist'],
  ['both keys', { s3 }, ['access_key', 'secret_key', 'more'], undefined],
  ['an absent Secret', { gcs }, undefined, 'GetGcsSecretFailed'],
  ['no key', { gcs }, [], 'gcsKeyNotExist'],
  ['its key', { gcs }, ['credentials'], undefined],
  ['an absent Secret', { azblob }, undefined, 'GetAzblobSecretFailed'],
  ['no account', { azblob }, ['AZURE_STORAGE_KEY'], 'azblobAccountNotExist'],
  ['half a principal', { azblob: account }, ['AZURE_CLIENT_ID'], 'azblobKeyOrAADMissing'],
  ['an account key', { azblob }, ['AZURE_STORAGE_ACCOUNT', 'AZURE_STORAGE_KEY'], undefined],
  [
    'a principal',
    { azblob: account },
    ['AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET', 'AZURE_TENANT_ID'],
    undefined,
  ],
  ['nothing but a SAS token in the spec', { azblob: { ...account, sasToken: 'sv=1' } }, [], undefined],
  ['an absent Secret of TiDB', { from }, undefined, 'GetTidbSecretFailed'],
  ['no password', { from }, ['user'], 'KeyNotExist'],
])('%s of %o is told with the reason that TiDB Operator uses', (_name, spec, keys, reason) => {
  const [requirement] = secretRequirementsOf(LogJobSpec.parse({ br, ...spec }));
  if (requirement === undefined) throw new Error('a Secret should be required');
  expect(secretProblem(requirement, keys)?.reason).toBe(reason);
});

test('a problem names the Secret and all that would do', () => {
  const [requirement] = secretRequirementsOf(LogJobSpec.parse({ br, azblob: account }));
  if (requirement === undefined) throw new Error('a Secret should be required');
  expect(secretProblem(requirement, [])?.message).toBe(
    'Secret keys lacks keys: it needs AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_TENANT_ID or AZURE_STORAGE_KEY',
  );
  expect(secretProblem(requirement, undefined)?.message).toBe('Secret keys does not exist');
});

test('no Secret is required where none is named', () => {
  expect(secretRequirementsOf(LogJobSpec.parse({ br, s3: { provider: 'aws' } }))).toEqual([]);
});
