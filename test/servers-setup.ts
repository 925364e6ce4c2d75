import { ensureBinaries } from '../dev/binaries/ensure-binaries.js';

/** Gets every server program once, before the clocks of the tests run: on a new machine some are built from source. */
export async function setup(): Promise<void> {
  await ensureBinaries(
    ['kubectl', 'etcd', 'kube-apiserver', 'kube-controller-manager', 'temporal', 'temporal-test-server'],
    { progress: (line) => process.stderr.write(`${line}\n`) },
  );
}
