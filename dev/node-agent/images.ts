import path from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The file that plays BR inside pods. */
export const brStandIn = path.join(repository, 'dev', 'br-stand-in', 'br.mjs');

/**
 * What stands for an image: a program with its first arguments (the image's entrypoint), or `br`: an init container
 * whose whole work is to put the `br` program into a volume.
 */
export type ImageMeaning = { kind: 'program'; entrypoint: readonly [string, ...string[]] } | { kind: 'br' };

export interface ImageRule {
  /** Matched against the image without its tag and digest. */
  repository: RegExp;
  meaning: ImageMeaning;
}

/** The images that can run here. Everything else is an image that cannot be pulled. */
export const imageTable: readonly ImageRule[] = [
  {
    repository: /(^|\/)holdfast-backup-manager$/,
    meaning: {
      kind: 'program',
      entrypoint: [process.execPath, path.join(repository, 'dist', 'backup-manager', 'main.js')],
    },
  },
  { repository: /(^|\/)br$/, meaning: { kind: 'br' } },
  // For tests: the container's args are node's own.
  {
    repository: /^holdfast\.dev\/node-script$/,
    meaning: { kind: 'program', entrypoint: [process.execPath] },
  },
];

export function meaningOf(image: string, table: readonly ImageRule[]): ImageMeaning | undefined {
  const bare = repositoryOf(image);
  return table.find((rule) => rule.repository.test(bare))?.meaning;
}

/** `registry:5000/team/br:v8.5.0@sha256:…` → `registry:5000/team/br`. */
function repositoryOf(image: string): string {
  const undigested = image.split('@')[0] ?? image;
  const colon = undigested.lastIndexOf(':');
  return colon > undigested.lastIndexOf('/') ? undigested.slice(0, colon) : undigested;
}
