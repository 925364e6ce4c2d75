import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Content of a service account's key file, as Jobs pass it. */
const KEY_CONTENT = 'GCS_SERVICE_ACCOUNT_JSON_KEY';
/** Path of such a file, as Google's libraries in BR look for it. */
const KEY_FILE = 'GOOGLE_APPLICATION_CREDENTIALS';

/**
 * Does the work with Google's credentials where BR finds them: in a file that only this user can read, for as long as
 * the work takes. An environment that names a file, or has no key, is left as it is.
 */
export async function withGoogleCredentials<Result>(
  env: Environment,
  work: (env: Environment) => Promise<Result>,
): Promise<Result> {
  const content = env[KEY_CONTENT] ?? '';
  if (content === '' || (env[KEY_FILE] ?? '') !== '') return work(env);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-gcs-'));
  try {
    const file = join(folder, 'credentials.json');
    await writeFile(file, content, { mode: 0o600 });
    return await work({ ...env, [KEY_FILE]: file });
  } finally {
    await rm(folder, { recursive: true });
  }
}
