import { WatchClusterInput } from '../../domain/watch-input.js';
import { kubernetesActivity } from '../kubernetes-activity.js';
import type { WatchDependencies } from './dependencies.js';
import { watchObjects } from './watch-objects.js';

/** The activity of `watchCluster`. Its name is wire contract. */
export interface WatchActivities {
  /** Runs until the worker stops; resolves only then. */
  watchObjects(input: WatchClusterInput): Promise<Record<string, never>>;
}

export function createWatchActivities(deps: WatchDependencies): WatchActivities {
  return {
    watchObjects: kubernetesActivity({ input: WatchClusterInput, clusterUid: deps.clusterUid }, (input) =>
      watchObjects(deps, input),
    ),
  };
}
