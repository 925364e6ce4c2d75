import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FetchOptions, GoBuildSource } from './binary-sources.js';
import { userEnvironment } from './user-environment.js';

let previous: Promise<unknown> = Promise.resolve();

/** Builds from source with the Go on PATH, one build at a time (each uses all cores); returns the path of the binary. */
export function buildWithGo(source: GoBuildSource, options: FetchOptions): Promise<string> {
  const build = previous.then(() => buildNow(source, options));
  previous = build.catch(() => undefined); // the next build does not depend on this one's success
  return build;
}

async function buildNow(source: GoBuildSource, { group, label, progress }: FetchOptions): Promise<string> {
  // In a copy, so that go never writes to our checkout.
  const module = join(group.folder, 'module');
  await cp(fileURLToPath(new URL('kubernetes-build', import.meta.url)), module, { recursive: true });
  const output = join(group.folder, 'built');
  const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', `-ldflags=${source.ldflags}`];
  const go = (name: string, args: readonly string[]) =>
    group.run({
      name,
      command: 'go',
      args,
      cwd: module,
      env: { ...userEnvironment(), CGO_ENABLED: '0', GOWORK: 'off', GOTMPDIR: group.folder },
    });
  await go('go-version', ['version']); // before announcing minutes of work
  progress(`building ${label} from source: about ${source.seconds} s, once per machine`);
  await go('go-build', ['build', ...flags, '-o', output, source.package]);
  return output;
}
