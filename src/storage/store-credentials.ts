import { readFile } from 'node:fs/promises';
import type { StoreLocation } from '../domain/drill/drill-plan.js';
import { StoreFailure } from './object-store.js';

type Credentials = NonNullable<StoreLocation['credentials']>;
type SecretReference = Credentials['accessKeyId'];

/** Secrets that are rotated in their file are seen after this time. */
const REREAD_MS = 5 * 60_000;

/**
 * Reads the referenced secrets when the first request needs them, and again every five minutes.
 * The function throws StoreFailure `NoCredentials` where one is missing or empty; it names the reference, never a value.
 */
export function credentialsFrom({ accessKeyId, secretAccessKey }: Credentials) {
  return async () => ({
    accessKeyId: await secretFrom(accessKeyId),
    secretAccessKey: await secretFrom(secretAccessKey),
    expiration: new Date(Date.now() + REREAD_MS),
  });
}

async function secretFrom(reference: SecretReference): Promise<string> {
  if ('env' in reference) {
    return filled(process.env[reference.env], `environment variable ${reference.env}`);
  }
  const text = await readFile(reference.file, 'utf8').catch((cause: unknown) => {
    throw new StoreFailure('NoCredentials', `credentials: file ${reference.file} cannot be read`, { cause });
  });
  return filled(text, `file ${reference.file}`);
}

function filled(text: string | undefined, place: string): string {
  const secret = text?.trim() ?? '';
  if (secret === '') throw new StoreFailure('NoCredentials', `credentials: ${place} is not set`);
  return secret;
}
