import { peerFiles } from './peer-files.js';

/** Says what is missing before anything is started. */
export async function setup(): Promise<void> {
  await peerFiles();
}
