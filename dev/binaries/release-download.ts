import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import type { FetchOptions, ReleasePlatform, ReleaseSource } from './binary-sources.js';

/** Downloads into the group's folder, checks the publisher's SHA-256, unpacks if need be; returns the path of the binary. */
export async function fetchRelease(
  source: ReleaseSource,
  { group, label, progress }: FetchOptions,
): Promise<string> {
  const platform = releasePlatform();
  const url = source.url(platform);
  if (url === undefined) throw new Error(`not published for ${platform.os}/${platform.arch}`);
  // The small list first: where the host is out of reach this fails at once and silently.
  const checksums = await fetchText(source.checksumUrl(platform));
  const expected = checksumFor(checksums, basename(url));
  progress(`downloading ${label} from its publisher`);
  const file = join(group.folder, basename(url));
  await download(url, file);
  const actual = await sha256Of(file);
  if (actual !== expected) throw new Error(`SHA-256 of ${url} is ${actual}, its publisher lists ${expected}`);
  if (source.archiveMember === undefined) return file;
  const member = source.archiveMember(platform);
  await group.run({ name: 'tar', command: 'tar', args: ['-xzf', file, '-C', group.folder, member] });
  return join(group.folder, member);
}

/** SHA-256 of a file, as 64 hexadecimal digits. */
export async function sha256Of(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** The sum for `fileName` in a published list: one bare sum, or lines `sum  file`. @throws Error when it is not there */
export function checksumFor(list: string, fileName: string): string {
  const lines = list.trim().split('\n');
  const bare = /^[0-9a-f]{64}$/.exec(list.trim());
  if (bare !== null) return bare[0];
  for (const line of lines) {
    const [sum, file] = line.trim().split(/\s+\*?/);
    if (file === fileName && sum !== undefined && /^[0-9a-f]{64}$/.test(sum)) return sum;
  }
  throw new Error(`no SHA-256 of ${fileName} in the published list`);
}

function releasePlatform(): ReleasePlatform {
  return { os: process.platform, arch: process.arch === 'x64' ? 'amd64' : process.arch };
}

function proxyAgent(): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({ connect: { timeout: 3_000 }, headersTimeout: 15_000 });
}

async function fetchText(url: string): Promise<string> {
  const agent = proxyAgent();
  try {
    const response = await fetch(url, { dispatcher: agent });
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
    return await response.text();
  } catch (failure) {
    throw withCause(failure);
  } finally {
    await agent.close();
  }
}

async function download(url: string, file: string): Promise<void> {
  const agent = proxyAgent();
  try {
    const response = await fetch(url, { dispatcher: agent });
    if (!response.ok || response.body === null) throw new Error(`${url} answers ${response.status}`);
    await pipeline(response.body, createWriteStream(file));
  } catch (failure) {
    throw withCause(failure);
  } finally {
    await agent.close();
  }
}

/** fetch says "fetch failed" only; what happened is in the cause. */
function withCause(failure: unknown): Error {
  const cause = failure instanceof Error && failure.cause instanceof Error ? failure.cause : failure;
  return cause instanceof Error ? cause : new Error(String(cause));
}
