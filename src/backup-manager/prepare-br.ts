import type { z } from 'zod';
import type { StorageSpec } from '../domain/backup/storage-spec.js';
import { selectStorage, storageLocation } from '../domain/storage-location.js';
import { findBr } from './find-br.js';

export interface PrepareInput<Spec extends StorageSpec, Commands> {
  /** As the API server holds it. */
  readonly spec: unknown;
  readonly schema: z.ZodType<Spec>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The command lines that will run. May throw what is wrong with them. */
  readonly commands: (spec: Spec) => Commands;
}

export interface PreparedBr<Commands> {
  readonly br: string;
  readonly commands: Commands;
  /** Where the data of this object lies. */
  readonly path: string;
}

/** Everything that can be wrong before BR runs: it is the object's failure, as BR's own would be. */
export async function prepareBr<Spec extends StorageSpec, Commands>({
  spec: written,
  schema,
  env,
  commands,
}: PrepareInput<Spec, Commands>): Promise<PreparedBr<Commands> | { readonly failure: string }> {
  const parsed = schema.safeParse(written);
  if (!parsed.success)
    return { failure: `spec cannot be used: ${parsed.error.issues.map(describeIssue).join('; ')}` };
  const spec = parsed.data;
  const storage = selectStorage(spec);
  if (storage === undefined)
    return { failure: 'spec names no storage: one of s3, gcs, azblob, local is needed' };
  try {
    return { br: await findBr(env), commands: commands(spec), path: storageLocation(storage) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function describeIssue({ path, message }: { path: readonly PropertyKey[]; message: string }): string {
  return `${['spec', ...path].join('.')}: ${message}`;
}
