import { ensureBinaries } from '../dev/binaries/ensure-binaries.js';
import { headlessBrowser } from '../dev/binaries/headless-browser.js';
import { mariadbTools, newerMariadb } from '../dev/binaries/mariadb-tools.js';
import { prometheusTools } from '../dev/binaries/prometheus-tools.js';

/** Gets every server program once, before the clocks of the tests run: on a new machine some are built from source. */
export async function setup(): Promise<void> {
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const kubernetes = ['kubectl', 'etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
  await ensureBinaries([...kubernetes, 'temporal', 'temporal-test-server', 'weed'], { progress });
  await mariadbTools({ progress });
  await newerMariadb({ progress });
  await prometheusTools({ progress });
  await headlessBrowser({ progress });
}
