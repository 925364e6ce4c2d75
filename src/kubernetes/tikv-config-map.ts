import { z } from 'zod';
import { FROM_CACHE, type KubernetesApi } from './api.js';
import { listItems } from './jobs.js';
import { CONFIG_MAPS, STATEFUL_SETS } from './resources.js';

const StatefulSet = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        volumes: z
          .array(z.looseObject({ configMap: z.looseObject({ name: z.string() }).nullish() }))
          .nullish(),
      }),
    }),
  }),
});
const ConfigMap = z.looseObject({ data: z.record(z.string(), z.string()).nullish() });

/** The configuration that the TiKVs of a TidbCluster run with, or what is missing on the way to it. */
export type TikvConfigText =
  | { readonly found: true; readonly configMap: string; readonly text: string }
  | { readonly found: false; readonly missing: string };

/**
 * Reads the ConfigMap that the TiKV StatefulSet of a TidbCluster mounts, as TiDB Operator names and labels them.
 * Source: pingcap/tidb-operator v1, PiTRManager.ensureConfigMapReconcileDone.
 */
export async function readTikvConfig(
  api: KubernetesApi,
  { namespace, name: cluster }: { namespace: string; name: string },
): Promise<TikvConfigText> {
  const missing = (what: string): TikvConfigText => ({ found: false, missing: what });
  const labelSelector = `app.kubernetes.io/component=tikv,app.kubernetes.io/instance=${cluster},app.kubernetes.io/managed-by=tidb-operator`;
  const [first] = listItems(await api.list(STATEFUL_SETS, { namespace, labelSelector, ...FROM_CACHE }));
  if (first === undefined) return missing(`no StatefulSet of TiKV of ${namespace}/${cluster}`);
  const volumes = StatefulSet.parse(first).spec.template.spec.volumes ?? [];
  const name = volumes
    .map(({ configMap }) => configMap?.name)
    .find((mounted) => mounted?.startsWith(`${cluster}-tikv`));
  if (name === undefined)
    return missing(`no ConfigMap in the StatefulSet of TiKV of ${namespace}/${cluster}`);
  const found = await api.get({ resource: CONFIG_MAPS, namespace, name });
  if (found === undefined) return missing(`ConfigMap ${namespace}/${name} does not exist`);
  const text = ConfigMap.parse(found).data?.['config-file'];
  if (text === undefined) return missing(`ConfigMap ${namespace}/${name} has no key config-file`);
  return { found: true, configMap: name, text };
}
