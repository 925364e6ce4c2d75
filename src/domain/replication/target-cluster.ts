import { z } from 'zod';
import { isNamespaceName, isObjectName } from '../kubernetes/object-name.js';
import type { Restore } from './restore.js';

const Target = z.looseObject({
  br: z.looseObject({
    cluster: z.string().refine(isObjectName),
    clusterNamespace: z
      .string()
      .refine((name) => name === '' || isNamespaceName(name))
      .nullish(),
  }),
});

/**
 * The TidbCluster that is restored into; without `br.clusterNamespace` it is looked for beside the Restore. `undefined`
 * where the spec names none, or what can be no name: that makes it invalid.
 */
export function targetClusterOf({
  metadata,
  spec,
}: Restore): { namespace: string; name: string } | undefined {
  const { data } = Target.safeParse(spec);
  return data && { namespace: data.br.clusterNamespace || metadata.namespace, name: data.br.cluster };
}
