import { stringify } from 'yaml';
import type { KeyCertificate } from './certificates.js';

export interface KubeconfigContext {
  name: string;
  user: string;
  client: KeyCertificate;
}

/** A kubeconfig for one API server, certificates inline; its first context is the current one. */
export function kubeconfigYaml(input: {
  cluster: string;
  server: string;
  authorityCertificate: string;
  contexts: readonly KubeconfigContext[];
}): string {
  const { cluster, server, contexts } = input;
  const authority = base64(input.authorityCertificate);
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': contexts[0]?.name,
      clusters: [{ name: cluster, cluster: { server, 'certificate-authority-data': authority } }],
      contexts: contexts.map(({ name, user }) => ({ name, context: { cluster, user } })),
      users: contexts.map(({ user, client }) => ({
        name: user,
        user: {
          'client-certificate-data': base64(client.certificate),
          'client-key-data': base64(client.privateKey),
        },
      })),
    },
    { lineWidth: 0 },
  );
}

function base64(pem: string): string {
  return Buffer.from(pem).toString('base64');
}
