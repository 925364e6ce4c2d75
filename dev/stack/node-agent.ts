import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../processes/free-ports.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { logLineReady } from '../processes/readiness.js';
import type { ControlPlane } from './control-plane.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const program = join(repository, 'dev', 'node-agent', 'main.ts');

/** Starts the stand-in for a kubelet as server `node-agent`; returns the address of its control API. */
export async function startNodeAgentProcess(
  group: ProcessGroup,
  controlPlane: ControlPlane,
): Promise<string> {
  const folder = join(group.folder, 'node');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // A kubelet's own rights need the Node authorizer, which this API server does not run.
  const kubeconfig = await controlPlane.kubeconfigFor({
    user: 'holdfast-node-agent',
    groups: ['system:masters'],
  });
  const [controlPort = 0] = await freePorts(1); // fixed, so that a restart keeps the address
  const controlUrl = `http://127.0.0.1:${controlPort}`;
  const options = ['--kubeconfig', kubeconfig, '--folder', folder, '--control-port', String(controlPort)];
  await group.start({
    name: 'node-agent',
    command: process.execPath,
    args: ['--import', 'tsx', program, ...options],
    cwd: repository,
    address: controlUrl,
    ready: logLineReady(/^ready/m),
  });
  return controlUrl;
}
