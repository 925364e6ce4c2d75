import { SCRIPT_ANNOTATION } from '../../dev/node-agent/pod-script.js';
import { NAMESPACE, PREREQUISITES } from '../retry/manifests.js';
import type { PlannedIncident } from './incident-plan.js';

const REPORTED = { kind: 'scripted', afterMs: 300, exitCode: 1, crWrites: ['Prepare', 'Failed'] };
const SILENT = { kind: 'scripted', exitCode: 1 };
/** Runs long enough to be deleted by somebody who does not look. */
const SUCCEEDING = { kind: 'scripted', crWrites: ['Prepare', 'Running', 'Complete'] };

/** A Backup whose pods fail as often as planned, by turns with and without a word in the Backup. */
export function crashBackupManifest(incident: PlannedIncident): object {
  const { name, failures, maxRetries, baseSeconds, runsMs } = incident;
  const failing = Array.from({ length: failures }, (_, attempt) => (attempt % 2 === 0 ? REPORTED : SILENT));
  const script = [...failing, { ...SUCCEEDING, afterMs: runsMs }];
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'Backup',
    metadata: {
      name,
      namespace: NAMESPACE,
      annotations: { [SCRIPT_ANNOTATION]: JSON.stringify(script) },
    },
    spec: {
      backupMode: 'log',
      backoffRetryPolicy: {
        maxRetryTimes: maxRetries,
        retryTimeout: '2h',
        minRetryDuration: `${baseSeconds}s`,
      },
      br: { cluster: PREREQUISITES.cluster.metadata.name },
      s3: {
        provider: 'aws',
        bucket: 'backups',
        prefix: name,
        secretName: PREREQUISITES.secret.metadata.name,
        endpoint: 'http://127.0.0.1:9000',
      },
    },
  };
}
