import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConnection } from '../../src/kubernetes/connection.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-kubeconfig-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function kubeconfig(name: string): Promise<string> {
  const path = join(folder, name);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: `https://${name}.example` } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `${name}-ns` } }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

test('several files are read as kubectl reads them: the first one wins, contexts of all can be used', async () => {
  const files = [await kubeconfig('east'), await kubeconfig('west')].join(delimiter);
  expect(loadConnection({ kubeconfig: files })).toMatchObject({ contextName: 'east', namespace: 'east-ns' });
  expect(loadConnection({ kubeconfig: files, context: 'west' }).serverUrl).toBe('https://west.example');
});

test('an unknown context is refused with those that exist', async () => {
  const file = await kubeconfig('east');
  expect(() => loadConnection({ kubeconfig: file, context: 'north' })).toThrow(
    "no context 'north': it has east",
  );
});
