import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what was fetched or built is kept: `$HOLDFAST_CACHE`, `$XDG_CACHE_HOME/holdfast` or `~/.cache/holdfast`. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment['HOLDFAST_CACHE']) return environment['HOLDFAST_CACHE'];
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'holdfast');
}
