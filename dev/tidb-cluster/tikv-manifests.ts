/** The TiKV of a TidbCluster as TiDB Operator leaves it: a StatefulSet (of no pods), and the ConfigMap it mounts. */
export function tikvManifests({
  cluster,
  // A table, not a dotted key: TiDB Operator's parser knows none.
  config = '[gc]\nratio-threshold = -1.0\n',
}: {
  cluster: string;
  config?: string;
}) {
  const labels = {
    'app.kubernetes.io/component': 'tikv',
    'app.kubernetes.io/instance': cluster,
    'app.kubernetes.io/managed-by': 'tidb-operator',
  };
  const name = `${cluster}-tikv`;
  const configMap = `${name}-3661`;
  return {
    statefulSet: {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name, labels },
      spec: {
        replicas: 0,
        serviceName: name,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [{ name: 'tikv', image: 'pingcap/tikv:v8.5.2' }],
            volumes: [{ name: 'config', configMap: { name: configMap } }],
          },
        },
      },
    },
    configMap: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: configMap, labels },
      data: { 'config-file': config },
    },
  };
}
