import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { failureText, podFolder, type PodHost } from './pod-host.js';
import { podName, type Pod } from './pod.js';
import { startPodToken, type PodToken } from './pod-token.js';

/** The private folder of a pod and its access to the API. */
export interface PodGround {
  folder: string;
  home: string;
  temporary: string;
  token: PodToken;
}

export function logFileOf(folder: string, container: string): string {
  return path.join(folder, 'logs', `${container}.log`);
}

export function volumeFolder(folder: string, volume: string): string {
  return path.join(folder, 'volumes', volume);
}

/** Makes the pod's folders and its token. @throws what the API server says when it gives no token. */
export async function preparePod(host: PodHost, pod: Pod): Promise<PodGround> {
  const folder = podFolder(host, pod);
  const home = path.join(folder, 'home');
  const temporary = path.join(folder, 'tmp');
  const emptyDirs = pod.spec.volumes.filter((volume) => volume.emptyDir !== undefined);
  // What an agent before this one left of the pod is of no use: its processes are gone.
  await rm(folder, { recursive: true, force: true });
  const folders = [
    home,
    temporary,
    path.join(folder, 'logs'),
    ...emptyDirs.map(({ name }) => volumeFolder(folder, name)),
  ];
  await Promise.all(folders.map((path) => mkdir(path, { recursive: true, mode: 0o700 })));
  const token = await startPodToken({
    client: host.client,
    pod,
    folder,
    ...host.podApi,
    onTrouble: (failure) =>
      host.say({ msg: 'cannot renew the token', pod: podName(pod), error: failureText(failure) }),
  });
  return { folder, home, temporary, token };
}
