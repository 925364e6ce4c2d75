import type { ObjectMeta } from '../../domain/kubernetes/object-meta.js';
import { MANAGED_LABEL } from '../../domain/labels.js';
import { operatorOwns } from '../../domain/operator-view.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import {
  readOperatorView,
  type OperatorSetting,
  type OperatorSighting,
} from '../../kubernetes/operator-presence.js';
import { someOf, type Check } from './check.js';

const MEANING = {
  present: 'it creates the first Job of a log backup, Holdfast retries',
  absent: 'Holdfast creates and retries the Jobs of log backups',
};

/** Whether TiDB Operator is here, on which evidence, and what it is told not to see. */
export async function operatorCheck(api: KubernetesApi, setting: OperatorSetting): Promise<Check> {
  const check = { area: 'Kubernetes', name: 'TiDB Operator' } as const;
  if (setting !== 'auto') {
    const found = `HOLDFAST_TIDB_OPERATOR says ${setting}: ${MEANING[setting]}`;
    return { ...check, verdict: 'ok', found };
  }
  const sighting = await readOperatorView(api, setting);
  if (sighting.leases === 'refused') {
    const found = `taken to be present, because Leases cannot be listed: ${MEANING.present}`;
    return { ...check, verdict: 'warn', found, mend: 'grant list on leases, or set HOLDFAST_TIDB_OPERATOR' };
  }
  if (!sighting.present) return { ...check, verdict: 'ok', found: `absent: ${MEANING.absent}` };
  const found = `present: ${MEANING.present}; ${describeSelectors(sighting)}`;
  if (!sighting.selectors.includes(undefined)) return { ...check, verdict: 'ok', found };
  const mend = `grant list on deployments; and see that it runs with -selector=${MANAGED_LABEL}!=true`;
  return { ...check, verdict: 'warn', found, mend };
}

function describeSelectors({ selectors }: OperatorSighting): string {
  const said = selectors.map((selector) => {
    if (selector === undefined) return `its Deployment cannot be seen: label ${MANAGED_LABEL} is trusted`;
    return selector === '' ? 'it has no -selector' : `its -selector is ${selector}`;
  });
  return said.join('; ');
}

interface LabelledObjects {
  readonly area: 'Backups' | 'Restores';
  readonly objects: readonly { readonly metadata: ObjectMeta }[];
  readonly operator: OperatorSetting;
}

/** Objects whose label says that they are ours, although TiDB Operator sees them. */
export async function managedLabelCheck(
  api: KubernetesApi,
  { area, objects, operator }: LabelledObjects,
): Promise<Check> {
  const check = { area, name: `label ${MANAGED_LABEL}` } as const;
  const labelled = objects.filter(({ metadata }) => metadata.labels?.[MANAGED_LABEL] === 'true');
  if (labelled.length === 0) return { ...check, verdict: 'ok', found: `on 0 ${area}` };
  const view = await readOperatorView(api, operator);
  const seen = labelled.filter(({ metadata }) => operatorOwns(metadata.labels, view));
  if (seen.length === 0) {
    return {
      ...check,
      verdict: 'ok',
      found: `on ${labelled.length} ${area}, none of them seen by a TiDB Operator`,
    };
  }
  const names = someOf(seen.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  return {
    ...check,
    verdict: 'warn',
    found: `TiDB Operator sees them all the same, they are its own: ${names}`,
    mend: `start TiDB Operator with -selector=${MANAGED_LABEL}!=true`,
  };
}
