import { stringify } from 'yaml';
import { receivers } from './alertmanager/receivers.js';
import { inhibitRules, routes } from './alertmanager/routes.js';
import type { AlertmanagerValues } from './values.js';

/** A configuration for Alertmanager 0.25 or newer, as YAML. It holds no secret: it names the files that do. */
export function buildAlertmanager(values: AlertmanagerValues): string {
  const config = { route: routes(values), inhibit_rules: inhibitRules, receivers: receivers(values) };
  return stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
}
