import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildAlertmanager } from './build-alertmanager.js';
import { buildDashboards, type BuiltDashboard } from './build-dashboards.js';
import { buildRules } from './build-rules.js';
import { environments, readValues, type Environment, type MonitoringValues } from './values.js';

/** One environment: its values, and the files built from them. */
export interface BuiltEnvironment {
  readonly environment: Environment;
  readonly values: MonitoringValues;
  readonly rulesFile: string;
  readonly alertmanagerFile: string;
}

/** Everything that is installed somewhere, built anew into `folder`; what was there is removed. */
export async function buildFiles(
  folder: string,
): Promise<{ built: BuiltEnvironment[]; dashboards: readonly BuiltDashboard[] }> {
  await rm(folder, { recursive: true, force: true });
  const built = await Promise.all(environments.map((environment) => buildEnvironment(folder, environment)));
  const { rules } = await readValues('production');
  const dashboards = buildDashboards(rules);
  await mkdir(join(folder, 'dashboards'), { recursive: true });
  await Promise.all(
    dashboards.map(({ uid, json }) => writeFile(join(folder, 'dashboards', `${uid}.json`), json)),
  );
  return { built, dashboards };
}

async function buildEnvironment(folder: string, environment: Environment): Promise<BuiltEnvironment> {
  const values = await readValues(environment);
  const own = join(folder, environment);
  await mkdir(own, { recursive: true });
  const rulesFile = join(own, 'rules.yaml');
  const alertmanagerFile = join(own, 'alertmanager.yaml');
  await writeFile(rulesFile, buildRules(values.rules));
  await writeFile(alertmanagerFile, buildAlertmanager(values.alertmanager));
  return { environment, values, rulesFile, alertmanagerFile };
}
