import type { Pod } from './pod.js';

/** What the manager in this pod was given as `--name=value`; `undefined` where it was not. */
export function managerArgument({ spec }: Pod, name: string): string | undefined {
  const prefix = `--${name}=`;
  const args = spec.containers.flatMap((container) => container.args);
  return args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length);
}
