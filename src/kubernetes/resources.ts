/** A kind of object as the API server's paths name it. */
export interface ResourceType {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

/** Points at one object. */
export interface ObjectReference {
  readonly resource: ResourceType;
  readonly namespace?: string;
  readonly name: string;
}

const pingcap = (plural: string, kind: string): ResourceType => ({
  group: 'pingcap.com',
  version: 'v1alpha1',
  plural,
  kind,
});

export const BACKUPS = pingcap('backups', 'Backup');
export const RESTORES = pingcap('restores', 'Restore');
export const COMPACT_BACKUPS = pingcap('compactbackups', 'CompactBackup');
export const TIDB_CLUSTERS = pingcap('tidbclusters', 'TidbCluster');
export const JOBS: ResourceType = { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job' };
export const PODS: ResourceType = { group: '', version: 'v1', plural: 'pods', kind: 'Pod' };
export const EVENTS: ResourceType = { group: '', version: 'v1', plural: 'events', kind: 'Event' };
export const SECRETS: ResourceType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' };
export const SERVICES: ResourceType = { group: '', version: 'v1', plural: 'services', kind: 'Service' };
export const NAMESPACES: ResourceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' };
export const LEASES: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
};
export const DEPLOYMENTS: ResourceType = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
};
export const STATEFUL_SETS: ResourceType = {
  group: 'apps',
  version: 'v1',
  plural: 'statefulsets',
  kind: 'StatefulSet',
};
export const CONFIG_MAPS: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
};
export const CONTROLLER_REVISIONS: ResourceType = {
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
};

/** Path of a collection, across all namespaces when `namespace` is absent. */
export function collectionPath(resource: ResourceType, namespace?: string): string {
  const root =
    resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${resource.plural}`;
}

export function objectPath(reference: ObjectReference): string {
  return `${collectionPath(reference.resource, reference.namespace)}/${encodeURIComponent(reference.name)}`;
}
