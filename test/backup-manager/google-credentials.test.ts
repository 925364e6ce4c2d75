import { readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { withGoogleCredentials } from '../../src/backup-manager/google-credentials.js';

const key = '{"type":"service_account"}';

test('the key of a Job lies in a private file while the work takes, and no longer', async () => {
  const seen = await withGoogleCredentials(
    { GCS_SERVICE_ACCOUNT_JSON_KEY: key, PATH: '/bin' },
    async (env) => {
      const file = env['GOOGLE_APPLICATION_CREDENTIALS'] ?? '';
      const { mode } = await stat(file);
      return { file, content: await readFile(file, 'utf8'), rights: mode & 0o777, path: env['PATH'] };
    },
  );
  expect(seen).toMatchObject({ content: key, rights: 0o600, path: '/bin' });
  await expect(stat(seen.file)).rejects.toThrow('ENOENT');
});

test('it is gone also where the work failed', async () => {
  let file = '';
  const work = withGoogleCredentials({ GCS_SERVICE_ACCOUNT_JSON_KEY: key }, async (env) => {
    file = env['GOOGLE_APPLICATION_CREDENTIALS'] ?? '';
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  await expect(stat(file)).rejects.toThrow('ENOENT');
});

test.each([
  ['no key', {}],
  ['an empty key', { GCS_SERVICE_ACCOUNT_JSON_KEY: '' }],
  [
    'a file of its own',
    { GCS_SERVICE_ACCOUNT_JSON_KEY: key, GOOGLE_APPLICATION_CREDENTIALS: '/etc/key.json' },
  ],
])('an environment with %s is left as it is', async (_what, env) => {
  expect(await withGoogleCredentials(env, async (given) => given)).toBe(env);
});
