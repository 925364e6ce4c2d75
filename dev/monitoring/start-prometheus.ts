import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from '../processes/free-ports.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { httpReady } from './http-ready.js';
import { createPrometheusApi, type PrometheusApi } from './prometheus-api.js';

export interface PrometheusOptions {
  /** The program. */
  readonly command: string;
  /** Of rules, as `buildRules` gives it: YAML. */
  readonly rules: string;
  /** `host:port`. */
  readonly alertmanager: string;
  /** How often targets are read and rules are evaluated. Whole seconds: Prometheus takes no less for targets in a file. */
  readonly intervalSeconds: number;
}

export interface Prometheus {
  readonly url: string;
  readonly api: PrometheusApi;
  /** Reads `/metrics` of this `host:port` too, from now on. */
  addTarget(address: string): Promise<void>;
  /** Reads it no more: its series are stale at once. */
  removeTarget(address: string): Promise<void>;
}

/** Starts a real Prometheus as server `prometheus` of the group, which reads nothing until it is given a target. */
export async function startPrometheus(group: ProcessGroup, options: PrometheusOptions): Promise<Prometheus> {
  const folder = join(group.folder, 'prometheus');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const targetsFile = join(folder, 'targets.json');
  const configFile = join(folder, 'prometheus.yaml');
  const rulesFile = join(folder, 'rules.yaml');
  const targets = new Set<string>();
  let written = Promise.resolve();
  const writeTargets = (): Promise<void> => (written = written.then(writeTargetsNow)); // in the order of the calls
  const writeTargetsNow = async (): Promise<void> => {
    const unfinished = `${targetsFile}.new`;
    await writeFile(unfinished, JSON.stringify([{ targets: [...targets] }]));
    await rename(unfinished, targetsFile); // atomic: half a list would end series
  };
  await Promise.all([
    writeTargets(),
    writeFile(rulesFile, options.rules),
    writeFile(configFile, stringify(configOf(options, { rulesFile, targetsFile }))),
  ]);
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  await group.start({
    name: 'prometheus',
    command: options.command,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      // What fires in its first seconds goes nowhere, as it does not know Alertmanager yet: by default for a minute.
      '--rules.alert.resend-delay=5s',
    ],
    cwd: folder,
    address: url,
    ready: httpReady(`${url}/-/ready`),
  });
  return {
    url,
    api: createPrometheusApi(url),
    addTarget: (address) => {
      targets.add(address);
      return writeTargets();
    },
    removeTarget: (address) => {
      targets.delete(address);
      return writeTargets();
    },
  };
}

function configOf(
  { alertmanager, intervalSeconds }: PrometheusOptions,
  { rulesFile, targetsFile }: { rulesFile: string; targetsFile: string },
): object {
  const interval = `${intervalSeconds}s`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: [rulesFile],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: [
      { job_name: 'holdfast', file_sd_configs: [{ files: [targetsFile], refresh_interval: '1s' }] },
    ],
  };
}
