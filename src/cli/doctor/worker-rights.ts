/** Verbs on resources, as rules of RBAC list them; sub-resources as `pods/log`. */
interface Rights {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What `holdfast worker` needs on every watched namespace: the rules of deploy/rbac/worker.yaml. */
export const WORKER_RIGHTS: readonly Rights[] = [
  {
    group: 'pingcap.com',
    resources: ['backups', 'restores'],
    verbs: ['get', 'list', 'watch', 'update', 'patch'],
  },
  { group: 'pingcap.com', resources: ['compactbackups'], verbs: ['get', 'list', 'watch'] },
  { group: 'pingcap.com', resources: ['backups/finalizers', 'restores/finalizers'], verbs: ['update'] },
  { group: 'pingcap.com', resources: ['tidbclusters'], verbs: ['get', 'list', 'watch'] },
  { group: 'apps', resources: ['statefulsets'], verbs: ['list'] },
  { group: '', resources: ['configmaps'], verbs: ['get'] },
  { group: 'batch', resources: ['jobs'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  { group: '', resources: ['pods'], verbs: ['get', 'list', 'watch', 'delete'] },
  { group: '', resources: ['pods/log'], verbs: ['get'] },
  { group: '', resources: ['events'], verbs: ['get', 'list', 'create', 'patch'] },
  { group: 'apps', resources: ['controllerrevisions'], verbs: ['get', 'list', 'create', 'delete'] },
  { group: '', resources: ['secrets'], verbs: ['get'] },
  { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['list'] },
  { group: 'apps', resources: ['deployments'], verbs: ['get', 'list'] },
  { group: '', resources: ['namespaces'], verbs: ['get'] },
];

/** One question to the API server: "may I?" */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly verb: string;
}

export function eachRight(rights: readonly Rights[]): Right[] {
  return rights.flatMap(({ group, resources, verbs }) =>
    resources.flatMap((path) => {
      const [resource = '', subresource = ''] = path.split('/');
      return verbs.map((verb) => ({ group, resource, subresource, verb }));
    }),
  );
}

/** `delete jobs.batch`, `get pods/log`. */
export function describeRight({ group, resource, subresource, verb }: Right): string {
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  return `${verb} ${path}${group === '' ? '' : `.${group}`}`;
}
