import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchOptions } from './binary-sources.js';
import { userEnvironment } from './user-environment.js';

/**
 * Downloads Debian packages by apt with a state of its own, so that neither root nor the system's lists are touched,
 * and unpacks them below `target` without installing them. What apt's signed index says of each is checked by apt.
 * @throws Error where there is no apt, or its sources lack one of the packages
 */
export async function unpackDebianPackages(
  { packages, target }: { packages: readonly string[]; target: string },
  { group, label, progress }: FetchOptions,
): Promise<void> {
  progress(`downloading ${label}: ${packages.length} Debian packages, unpacked and not installed`);
  const state = join(group.folder, 'apt');
  const downloads = join(group.folder, 'packages');
  const lists = join(state, 'lists');
  const cache = join(state, 'cache');
  const needed = [join(lists, 'partial'), join(cache, 'archives', 'partial'), downloads];
  await Promise.all(needed.map((folder) => mkdir(folder, { recursive: true })));
  const flags = ['-q', '-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`];
  // Without that apt, as root, downloads as a user who may not enter a private folder.
  flags.push('-o', 'APT::Sandbox::User=');
  const apt = (name: string, args: readonly string[]) =>
    group.run({
      name,
      command: 'apt-get',
      args: [...flags, ...args],
      cwd: downloads,
      env: userEnvironment(),
      stopGraceMs: 1_000,
    });
  await apt('apt-update', ['update']);
  await apt('apt-download', ['download', ...packages]);
  for (const file of (await readdir(downloads)).filter((name) => name.endsWith('.deb'))) {
    await group.run({ name: `dpkg-${file}`, command: 'dpkg', args: ['-x', join(downloads, file), target] });
  }
}
