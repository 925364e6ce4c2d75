import { z } from 'zod';

/** Any S3-compatible store. `secretName` names a Secret with the keys access_key and secret_key. */
export const S3Storage = z.looseObject({
  provider: z.string(),
  region: z.string().optional(),
  bucket: z.string().optional(),
  prefix: z.string().optional(),
  endpoint: z.string().optional(),
  storageClass: z.string().optional(),
  acl: z.string().optional(),
  sse: z.string().optional(),
  forcePathStyle: z.boolean().optional(),
  secretName: z.string().optional(),
});
export type S3Storage = z.infer<typeof S3Storage>;

/** Google Cloud Storage. `secretName` names a Secret with the key credentials. */
export const GcsStorage = z.looseObject({
  projectId: z.string(),
  location: z.string().optional(),
  bucket: z.string().optional(),
  prefix: z.string().optional(),
  storageClass: z.string().optional(),
  objectAcl: z.string().optional(),
  bucketAcl: z.string().optional(),
  secretName: z.string().optional(),
});
export type GcsStorage = z.infer<typeof GcsStorage>;

/** Azure Blob Storage. `sasToken` is a secret that the stock API keeps in the spec: never log or store it. */
export const AzblobStorage = z.looseObject({
  container: z.string().optional(),
  prefix: z.string().optional(),
  accessTier: z.string().optional(),
  storageAccount: z.string().optional(),
  sasToken: z.string().optional(),
  secretName: z.string().optional(),
});
export type AzblobStorage = z.infer<typeof AzblobStorage>;

/** A volume that the pod and every TiKV mount at the same path. */
export const LocalStorage = z.looseObject({
  prefix: z.string().optional(),
  volume: z.looseObject({ name: z.string() }),
  volumeMount: z.looseObject({ name: z.string(), mountPath: z.string() }),
});
export type LocalStorage = z.infer<typeof LocalStorage>;

/** The four storage blocks, which stand directly in the spec; one of them is used. */
export const StorageSpec = z.looseObject({
  s3: S3Storage.nullish(),
  gcs: GcsStorage.nullish(),
  azblob: AzblobStorage.nullish(),
  local: LocalStorage.nullish(),
});
export type StorageSpec = z.infer<typeof StorageSpec>;
