import { z } from 'zod';
import type { KubernetesApi } from './api.js';
import { SECRETS } from './resources.js';

const SecretKeys = z.object({ data: z.record(z.string(), z.unknown()).default({}) });

/** Keys of a Secret's data, never its values; `undefined` where it does not exist. */
export async function readSecretKeys(
  api: KubernetesApi,
  { namespace, name }: { namespace: string; name: string },
): Promise<string[] | undefined> {
  const secret = await api.get({ resource: SECRETS, namespace, name });
  return secret === undefined ? undefined : Object.keys(SecretKeys.parse(secret).data);
}
