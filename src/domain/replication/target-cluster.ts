import { z } from 'zod';
import type { Restore } from './restore.js';

const Target = z.looseObject({
  br: z.looseObject({ cluster: z.string().min(1), clusterNamespace: z.string().nullish() }),
});

/**
 * The TidbCluster that is restored into; without `br.clusterNamespace` it is looked for beside the Restore. `undefined`
 * where the spec names none.
 */
export function targetClusterOf({
  metadata,
  spec,
}: Restore): { namespace: string; name: string } | undefined {
  const { data } = Target.safeParse(spec);
  return data && { namespace: data.br.clusterNamespace || metadata.namespace, name: data.br.cluster };
}
