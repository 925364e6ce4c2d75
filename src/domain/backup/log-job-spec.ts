import { z } from 'zod';
import { StorageSpec } from './storage-spec.js';

const NamedObject = z.looseObject({ name: z.string() });

/**
 * What a Backup's spec says about the Job and its pod. Blocks that are Kubernetes' own are passed on as they are: the
 * API server judges them when the Job is created.
 */
export const LogJobSpec = StorageSpec.extend({
  br: z.looseObject({
    cluster: z.string(),
    clusterNamespace: z.string().optional(),
  }),
  /** Access to TiDB itself; only old versions of BR need it. */
  from: z.looseObject({ secretName: z.string(), tlsClientSecretName: z.string().optional() }).nullish(),
  commitTs: z.string().optional(),
  logTruncateUntil: z.string().optional(),
  useKMS: z.boolean().optional(),
  toolImage: z.string().optional(),
  serviceAccount: z.string().optional(),
  priorityClassName: z.string().optional(),
  automountServiceAccountToken: z.boolean().optional(),
  env: z.array(NamedObject).nullish(),
  imagePullSecrets: z.array(z.looseObject({})).nullish(),
  tolerations: z.array(z.looseObject({})).nullish(),
  affinity: z.looseObject({}).nullish(),
  resources: z.looseObject({}).nullish(),
  podSecurityContext: z.looseObject({}).nullish(),
  additionalVolumes: z.array(NamedObject).nullish(),
  additionalVolumeMounts: z.array(NamedObject).nullish(),
});
export type LogJobSpec = z.infer<typeof LogJobSpec>;
