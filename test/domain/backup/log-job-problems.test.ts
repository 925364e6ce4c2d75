import { describe, expect, test } from 'vitest';
import { logJobProblems } from '../../../src/domain/backup/log-job-problems.js';

const s3 = { provider: 'aws', bucket: 'backups' };
const good = { br: { cluster: 'basic' }, s3 };

describe('a spec that can be run has no problems', () => {
  test.each([
    ['s3', good],
    ['s3 with an endpoint', { ...good, s3: { ...s3, endpoint: 'https://minio.example:9000' } }],
    ['ceph without a scheme', { ...good, s3: { ...s3, provider: 'ceph', endpoint: '10.0.0.1:7480' } }],
    ['gcs', { br: { cluster: 'basic' }, gcs: { projectId: 'shop', bucket: 'backups' } }],
    ['azblob', { br: { cluster: 'basic' }, azblob: { container: 'backups' } }],
    [
      'local',
      {
        br: { cluster: 'basic' },
        local: { volume: { name: 'nfs' }, volumeMount: { name: 'nfs', mountPath: '/nfs' } },
      },
    ],
    ['a TSO', { ...good, commitTs: '454500000000000001' }],
    ['a date', { ...good, commitTs: '2026-11-21 10:00:00', logTruncateUntil: '2026-11-21T10:00:00+02:00' }],
  ])('%s', (_name, spec) => {
    expect(logJobProblems(spec)).toEqual([]);
  });
});

describe('a spec that cannot be run is told with its field and the value', () => {
  test.each([
    ['no storage', { br: { cluster: 'basic' } }, 'spec', 'no storage'],
    ['no cluster', { ...good, br: { cluster: '' } }, 'spec.br.cluster', ''],
    ['a cluster that is a path', { ...good, br: { cluster: '../basic' } }, 'spec.br.cluster', '../basic'],
    [
      'a namespace with a port',
      { ...good, br: { cluster: 'basic', clusterNamespace: 'prod:1' } },
      'spec.br.clusterNamespace',
      'prod:1',
    ],
    ['no br', { s3 }, 'spec.br', ''],
    ['no bucket', { ...good, s3: { provider: 'aws' } }, 'spec.s3.bucket', ''],
    [
      'an endpoint that is no URL',
      { ...good, s3: { ...s3, endpoint: 'minio:9000' } },
      'spec.s3.endpoint',
      'minio:9000',
    ],
    ['a control character', { ...good, s3: { ...s3, prefix: 'a\nb' } }, 'spec.s3.prefix', 'a\nb'],
    ['a wrong type', { ...good, env: 'DEBUG=1' }, 'spec.env', 'DEBUG=1'],
    ['a wrong time', { ...good, commitTs: 'yesterday' }, 'spec.commitTs', 'yesterday'],
    [
      'a mount of another volume',
      {
        br: { cluster: 'basic' },
        local: { volume: { name: 'nfs' }, volumeMount: { name: 'other', mountPath: '/nfs' } },
      },
      'spec.local.volumeMount.name',
      'other',
    ],
  ])('%s', (_name, spec, path, received) => {
    expect(logJobProblems(spec)).toEqual([{ path, received, expected: expect.any(String) }]);
  });
});
