import type { KubernetesApi } from '../../src/kubernetes/api.js';

/** One call to the API server, as tests look at it. */
export interface ApiCall {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete' | 'watch' | 'log';
  /** As in the path: `backups`. */
  readonly resource: string;
}

export interface Interception {
  /** Runs before the call; throws to keep it from happening. */
  before?(call: ApiCall): void | Promise<void>;
  /** Runs after the call has happened; throws so that the caller does not learn of it. */
  after?(call: ApiCall): void | Promise<void>;
}

/** The same API server, with somebody on the line. */
export function interceptedApi(api: KubernetesApi, interception: Interception): KubernetesApi {
  const passing = async <T>(call: ApiCall, run: () => Promise<T>): Promise<T> => {
    await interception.before?.(call);
    const answer = await run();
    await interception.after?.(call);
    return answer;
  };
  return {
    get: (reference) =>
      passing({ verb: 'get', resource: reference.resource.plural }, () => api.get(reference)),
    list: (resource, query) =>
      passing({ verb: 'list', resource: resource.plural }, () => api.list(resource, query)),
    create: (resource, namespace, body, options) =>
      passing({ verb: 'create', resource: resource.plural }, () =>
        api.create(resource, namespace, body, options),
      ),
    mergePatch: (reference, patch) =>
      passing({ verb: 'patch', resource: reference.resource.plural }, () => api.mergePatch(reference, patch)),
    delete: (reference, query) =>
      passing({ verb: 'delete', resource: reference.resource.plural }, () => api.delete(reference, query)),
    openWatch: (resource, query, signal) =>
      passing({ verb: 'watch', resource: resource.plural }, () => api.openWatch(resource, query, signal)),
    podLog: (query) => passing({ verb: 'log', resource: 'pods' }, () => api.podLog(query)),
  };
}

const WRITES: ReadonlySet<ApiCall['verb']> = new Set(['create', 'patch', 'delete']);

/** The same API server, and a list of `verb resource` of every call that was answered. */
export function recordedApi(api: KubernetesApi): {
  api: KubernetesApi;
  calls: string[];
  writes: string[];
} {
  const calls: string[] = [];
  const writes: string[] = [];
  const after = ({ verb, resource }: ApiCall): void => {
    calls.push(`${verb} ${resource}`);
    if (WRITES.has(verb)) writes.push(`${verb} ${resource}`);
  };
  return { api: interceptedApi(api, { after }), calls, writes };
}
