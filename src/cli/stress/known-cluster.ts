import { isLoopback } from '../../kubernetes/loopback.js';
import { CliFailure } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import type { KubernetesAccess } from '../kubernetes-access.js';

/**
 * Nobody stresses a cluster by mistake.
 * @returns the context that the person has named, if any
 * @throws CliFailure (7) for one that is not on loopback and not named
 */
export function requireKnownCluster(
  { serverUrl, contextName = 'in-cluster' }: Pick<KubernetesAccess, 'serverUrl' | 'contextName'>,
  named: string | undefined,
): string | undefined {
  if (named === contextName || (named === undefined && isLoopback(serverUrl))) return named;
  const wrong = named === undefined ? '' : `--i-know-this-cluster names ${named}, but `;
  throw new CliFailure(
    `${wrong}the API server is ${serverUrl}, context ${contextName}: if this cluster is meant, pass ` +
      `--i-know-this-cluster ${contextName}`,
    { exitCode: EXIT.refused },
  );
}
