import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { ensureBinaries } from '../binaries/ensure-binaries.js';

/**
 * Runs kubectl with a kubeconfig and returns its standard output.
 * @throws ExecaError with kubectl's own message
 */
export async function kubectl(kubeconfig: string, args: readonly string[]): Promise<string> {
  const binaries = await ensureBinaries(['kubectl']);
  // Its discovery cache is keyed by address, and our ports change: keep it out of the person's own.
  const cache = `--cache-dir=${join(dirname(kubeconfig), 'kubectl-cache')}`;
  const { stdout } = await execa(binaries.kubectl, [`--kubeconfig=${kubeconfig}`, cache, ...args], {
    env: { KUBECONFIG: undefined, KUBECTL_CONTEXT: undefined },
  });
  return stdout;
}
