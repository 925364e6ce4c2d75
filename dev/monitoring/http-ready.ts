import { fetch } from 'undici';
import type { ReadyProbe } from '../processes/readiness.js';

/** Ready when the URL answers with a status of success. */
export function httpReady(url: string): ReadyProbe {
  return async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await answer.arrayBuffer(); // frees the connection
    return answer.ok;
  };
}
