import { runTool, type ToolFolder } from './run-tool.js';

/** Ways to run a program in a network namespace of its own, which has not even a loopback that is up. */
const WAYS: readonly (readonly string[])[] = [
  ['unshare', '--net', '--'],
  ['unshare', '--map-current-user', '--net', '--'],
];
const PROBE_TIMEOUT_MS = 10_000;

/**
 * The words to put before a command so that it has no network; empty where this host allows no namespace: then only
 * the server's own options keep it to itself.
 */
export async function networkIsolation(options: {
  folder: ToolFolder;
  signal: AbortSignal;
}): Promise<readonly string[]> {
  for (const way of WAYS) {
    const [program = '', ...args] = way;
    const probe = await runTool({
      program,
      args: [...args, 'true'],
      timeoutMs: PROBE_TIMEOUT_MS,
      ...options,
    });
    if (probe.exitCode === 0) return way;
  }
  return [];
}
