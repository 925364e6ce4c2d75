import { join } from 'node:path';
import type { FetchOptions } from './binary-sources.js';
import { sha256Of } from './release-download.js';
import { userEnvironment } from './user-environment.js';

export interface MavenJar {
  /** `group:artifact:version`. */
  coordinates: string;
  fileName: string;
  sha256: string;
  /** The folder in the jar that is wanted. */
  folder: string;
}

const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/**
 * Gets a jar by the `mvn` of this machine, as that is configured, and has it unpacked below `target`, by mvn too: not
 * every machine has unzip.
 * @throws Error where there is no mvn, or the jar is not the pinned one
 */
export async function unpackMavenJar(
  { jar, target }: { jar: MavenJar; target: string },
  { group, label, progress }: FetchOptions,
): Promise<void> {
  progress(`downloading ${label}: Maven artifact ${jar.coordinates}`);
  const mvn = (goal: string, folder: string, ...options: string[]) =>
    group.run({
      name: `mvn-${goal}`,
      command: 'mvn',
      args: [
        '-q',
        '-B',
        `${dependencyPlugin}:${goal}`,
        `-Dartifact=${jar.coordinates}`,
        `-DoutputDirectory=${folder}`,
        ...options,
      ],
      env: userEnvironment(),
    });
  await mvn('copy', group.folder);
  const file = join(group.folder, jar.fileName);
  const actual = await sha256Of(file);
  if (actual !== jar.sha256) throw new Error(`SHA-256 of ${file} is ${actual}, not the pinned ${jar.sha256}`);
  // From the repository that it was just copied from.
  await mvn('unpack', target, `-Dmdep.unpack.includes=${jar.folder}/**`);
}
