import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { waitUntil } from '../processes/readiness.js';
import type { ControlPlane } from './control-plane.js';
import { kubectl } from './kubectl.js';

const deployFolder = fileURLToPath(new URL('../../deploy', import.meta.url));

/**
 * Installs the CRDs (default: deploy/crds) and the worker's rights (deploy/rbac) and waits until the CRDs can be used.
 */
export async function installHoldfast(
  controlPlane: ControlPlane,
  { crds = join(deployFolder, 'crds') }: { crds?: string | undefined } = {},
): Promise<void> {
  const apply = ['apply', '--server-side', '--field-manager=holdfast-install'];
  await kubectl(controlPlane.adminKubeconfig, [...apply, '-f', crds, '-f', join(deployFolder, 'rbac')]);
  await waitUntil({
    what: 'the API server serves the CRDs',
    attempt: () => areEstablished(controlPlane, crds),
    timeoutMs: 30_000,
    intervalMs: 100,
  });
}

const CrdList = z.object({
  items: z.array(
    z.object({
      status: z
        .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish() })
        .nullish(),
    }),
  ),
});

/** `kubectl wait` gives up on a CRD that has no conditions yet. */
async function areEstablished({ adminKubeconfig }: ControlPlane, crds: string): Promise<boolean> {
  const { items } = CrdList.parse(
    JSON.parse(await kubectl(adminKubeconfig, ['get', '-f', crds, '-o', 'json'])),
  );
  return items.every(({ status }) =>
    status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True'),
  );
}

/** Installs the rights that `holdfast stress` needs (deploy/stress), for the worker of the stack. */
export async function installStressRights(controlPlane: ControlPlane): Promise<void> {
  const files = ['stress.yaml', 'worker-user.yaml'].flatMap((file) => [
    '-f',
    join(deployFolder, 'stress', file),
  ]);
  const apply = ['apply', '--server-side', '--field-manager=holdfast-install'];
  await kubectl(controlPlane.adminKubeconfig, [...apply, ...files]);
}

/** Creates a namespace if need be and what backup pods need in it, the way the kustomization in deploy/rbac says. */
export async function installBackupNamespace(controlPlane: ControlPlane, namespace: string): Promise<void> {
  const overlay = join(controlPlane.folder, 'namespaces', namespace);
  await mkdir(overlay, { recursive: true });
  const base = relative(
    await realpath(overlay),
    join(await realpath(deployFolder), 'rbac', 'backup-namespace'),
  );
  await writeFile(
    join(overlay, 'namespace.yaml'),
    stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
  );
  await writeFile(
    join(overlay, 'kustomization.yaml'),
    stringify({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace,
      resources: ['namespace.yaml', base],
    }),
  );
  const apply = ['apply', '--server-side', '--field-manager=holdfast-install'];
  await kubectl(controlPlane.adminKubeconfig, [...apply, '-k', overlay]);
}
