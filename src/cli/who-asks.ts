import { hostname, userInfo } from 'node:os';

/** For the audit: the person at this computer, as far as it knows them. */
export function whoAsks(): string {
  return `${userInfo().username}@${hostname()}`;
}
