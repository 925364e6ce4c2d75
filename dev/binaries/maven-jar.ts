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

/**
 * Gets a jar by the `mvn` of this machine, as that is configured, and unpacks it (a jar is a zip) below `target`.
 * @throws Error where there is no mvn or unzip, or the jar is not the pinned one
 */
export async function unpackMavenJar(
  { jar, target }: { jar: MavenJar; target: string },
  { group, label, progress }: FetchOptions,
): Promise<void> {
  progress(`downloading ${label}: Maven artifact ${jar.coordinates}`);
  await group.run({
    name: 'mvn',
    command: 'mvn',
    args: [
      '-q',
      '-B',
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy',
      `-Dartifact=${jar.coordinates}`,
      `-DoutputDirectory=${group.folder}`,
    ],
    env: userEnvironment(),
  });
  const file = join(group.folder, jar.fileName);
  const actual = await sha256Of(file);
  if (actual !== jar.sha256) throw new Error(`SHA-256 of ${file} is ${actual}, not the pinned ${jar.sha256}`);
  await group.run({
    name: 'unzip',
    command: 'unzip',
    args: ['-q', file, `${jar.folder}/*`, '-d', target],
  });
}
