import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { kubectl } from '../../stack/kubectl.js';
import type { Stage } from './scene.js';

/** What a person would do with `kubectl apply -f <name>.yaml`. */
export async function applyManifests(
  { stack }: Stage,
  name: string,
  objects: readonly object[],
): Promise<void> {
  const file = join(stack.folder, `${name}.yaml`);
  await writeFile(file, objects.map((object) => stringify(object)).join('---\n'), { mode: 0o600 });
  await kubectl(stack.controlPlane.adminKubeconfig, ['apply', '-f', file]);
}
