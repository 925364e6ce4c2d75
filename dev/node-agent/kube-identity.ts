import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const Kubeconfig = z.object({
  'current-context': z.string(),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) }),
  ),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.url(),
        'certificate-authority': z.string().optional(),
        'certificate-authority-data': z.string().optional(),
      }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z
        .object({
          'client-certificate': z.string().optional(),
          'client-certificate-data': z.string().optional(),
          'client-key': z.string().optional(),
          'client-key-data': z.string().optional(),
          token: z.string().optional(),
        })
        .nullish(),
    }),
  ),
});

/** The current context of a kubeconfig, with everything it refers to read. */
export interface KubeIdentity {
  contextName: string;
  /** URL of the API server, without a slash at the end. */
  server: string;
  /** PEM texts; absent where the kubeconfig has none. */
  ca?: string;
  cert?: string;
  key?: string;
  token?: string;
}

/** Reads a kubeconfig file (client certificate, token or nothing; no exec plug-ins). @throws when it is not one. */
export async function readKubeIdentity(kubeconfigPath: string): Promise<KubeIdentity> {
  const config = Kubeconfig.parse(parse(await readFile(kubeconfigPath, 'utf8')));
  const context = named(config.contexts, config['current-context'], 'context').context;
  const cluster = named(config.clusters, context.cluster, 'cluster').cluster;
  const user = named(config.users, context.user, 'user').user ?? {};
  const pem = (data: string | undefined, file: string | undefined) => readPem({ kubeconfigPath, data, file });
  const ca = await pem(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = await pem(user['client-certificate-data'], user['client-certificate']);
  const key = await pem(user['client-key-data'], user['client-key']);
  return {
    contextName: config['current-context'],
    server: cluster.server.replace(/\/$/, ''),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(user.token === undefined ? {} : { token: user.token }),
  };
}

function named<T extends { name: string }>(entries: readonly T[], name: string, kind: string): T {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`kubeconfig has no ${kind} "${name}"`);
  return found;
}

interface PemSource {
  kubeconfigPath: string;
  data: string | undefined;
  file: string | undefined;
}

async function readPem({ kubeconfigPath, data, file }: PemSource): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  if (file === undefined) return undefined;
  return await readFile(path.resolve(path.dirname(kubeconfigPath), file), 'utf8');
}
