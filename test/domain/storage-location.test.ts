import { expect, test } from 'vitest';
import { selectStorage, storageLocation } from '../../src/domain/storage-location.js';

const s3 = { provider: 'aws', bucket: 'backups/', prefix: '/prod//orders/' };
const gcs = { projectId: 'shop', bucket: 'backups', prefix: 'orders' };
const azblob = { container: 'backups' };
const local = {
  prefix: 'orders',
  volume: { name: 'nfs' },
  volumeMount: { name: 'nfs', mountPath: '/mnt/nfs/' },
};

test.each([
  [{ s3, gcs, azblob, local }, 's3://backups/prod/orders'],
  [{ gcs, azblob, local }, 'gcs://backups/orders/'],
  [{ azblob, local }, 'azure://backups/'],
  [{ local }, 'local:///mnt/nfs/orders'],
])('the first storage that is set names the path (%#)', (spec, path) => {
  const storage = selectStorage(spec);
  expect(storage === undefined ? undefined : storageLocation(storage)).toBe(path);
});

test('a spec without storage selects none', () => {
  expect(selectStorage({})).toBeUndefined();
});
