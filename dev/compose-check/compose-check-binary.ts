import { createHash } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../binaries/cache-folder.js';
import { userEnvironment } from '../binaries/user-environment.js';
import { createProcessGroup } from '../processes/process-group.js';

const moduleFolder = fileURLToPath(new URL('.', import.meta.url));

/**
 * Path of the program that loads Compose files with the parser of Docker Compose. Built with the Go on PATH, once per
 * version of its source (up to a minute on two cores), and kept in the cache folder.
 * @throws Error when it has to be built and there is no Go, or the build fails
 */
export async function composeCheckBinary(): Promise<string> {
  const folder = join(cacheFolder(), 'compose-check', await sourceHash());
  const binary = join(folder, 'compose-check');
  if (await isExecutable(binary)) return binary;
  await mkdir(folder, { recursive: true });
  // Two that build at once do the work twice, and each rename brings a whole program.
  const group = await createProcessGroup({ folder: await mkdtemp(join(folder, 'unfinished-')) });
  try {
    const built = join(group.folder, 'built');
    const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags=-s -w'];
    await group.run({
      name: 'go-build',
      command: 'go',
      args: ['build', ...flags, '-o', built, '.'],
      cwd: moduleFolder,
      env: { ...userEnvironment(), CGO_ENABLED: '0', GOWORK: 'off', GOTMPDIR: group.folder },
    });
    await rename(built, binary);
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new Error(`cannot build the check of docker-compose.yml, which needs Go: ${reason}`, {
      cause: failure,
    });
  } finally {
    await group.stop();
  }
  return binary;
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(await readFile(join(moduleFolder, file)));
  return hash.digest('hex').slice(0, 16);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
