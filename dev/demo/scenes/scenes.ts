import { drillScene } from './drill.js';
import { replicationScene } from './replication.js';
import { retryScene } from './retry.js';
import type { Scene } from './scene.js';
import { stressScene } from './stress.js';

/** All scenes there are, in the order in which `all` plays them. */
export const SCENES: ReadonlyMap<string, Scene> = new Map([
  ['retry', retryScene],
  ['replication', replicationScene],
  ['stress', stressScene],
  ['drill', drillScene],
]);

/** Announced, not there yet. */
export const LATER_SCENES: readonly string[] = ['recovery'];
