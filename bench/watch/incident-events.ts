export const EVENTS_PER_INCIDENT = 10;

/** One failure, its retry, its success, and the end of everything: ten events of heavy objects. */
export function incidentEvents(name: string): { resource: string; event: object }[] {
  const meta = (kind: string, more: object = {}) => ({
    name: kind === 'backup' ? name : `backup-${name}-log-start`,
    namespace: 'shop',
    uid: `${kind}-${name}`,
    resourceVersion: '2',
    creationTimestamp: '2026-11-21T10:00:00Z',
    managedFields: [{ text: 'x'.repeat(2_000) }],
    ...more,
  });
  const owner = (kind: string) => ({
    apiVersion: 'v1',
    kind,
    name: meta(kind.toLowerCase()).name,
    uid: `${kind.toLowerCase()}-${name}`,
  });
  const backup = (incident?: object) => ({
    metadata: meta(
      'backup',
      incident && { annotations: { 'holdfast.dev/incident': JSON.stringify(incident) } },
    ),
    // Kept by the view: one that forgets nothing would grow by it.
    spec: { backupMode: 'log', note: `${name}${'y'.repeat(10_000)}` },
    status: {
      phase: 'Running',
      logSubCommandStatuses: { 'log-start': { command: 'log-start', phase: 'Running' } },
      ...(incident && { backoffRetryStatus: [{ retryNum: 1, realRetryAt: '2026-11-21T10:01:00Z' }] }),
    },
  });
  const job = (type?: string) => ({
    metadata: meta('job', { ownerReferences: [owner('Backup')] }),
    spec: {},
    status: {
      conditions:
        type === undefined ? [] : [{ type, status: 'True', lastTransitionTime: new Date().toISOString() }],
    },
  });
  const pod = { metadata: meta('pod', { ownerReferences: [owner('Job')] }), status: { phase: 'Pending' } };
  const incident = {
    id: `job-${name}`,
    firstFailedAt: '2026-11-21T10:00:30Z',
    retries: 1,
    lastJobUid: 'job-0',
    specHash: 'h',
    state: 'open',
  };
  const event = (resource: string, object: object, type = 'MODIFIED') => ({
    resource,
    event: { type, object },
  });
  return [
    event('backups', backup(), 'ADDED'),
    event('jobs', job(), 'ADDED'),
    event('pods', pod, 'ADDED'),
    event('jobs', job('Failed')),
    event('backups', backup(incident)),
    event('backups', backup({ ...incident, state: 'settled' })),
    event('pods', pod),
    event('pods', pod, 'DELETED'),
    event('jobs', job('Failed'), 'DELETED'),
    event('backups', backup({ ...incident, state: 'settled' }), 'DELETED'),
  ];
}
