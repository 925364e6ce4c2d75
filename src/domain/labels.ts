/** Labels and annotations that are ours. They are wire contract: other tools select by them. */

/** On Jobs and pods: 0 for the first run, n for retry n of the incident. */
export const ATTEMPT_LABEL = 'holdfast.dev/attempt';
/** On everything we create: UID of the custom resource it belongs to. */
export const OWNER_UID_LABEL = 'holdfast.dev/owner-uid';
/** On everything that a run of the stress tool creates: the run. */
export const RUN_LABEL = 'holdfast.dev/run';
/** On a Backup: the durable incident, as JSON. Not copied to Jobs. */
export const INCIDENT_ANNOTATION = 'holdfast.dev/incident';
/** On a Backup: `enabled` or `disabled` overrides what the policy says. */
export const RETRY_ANNOTATION = 'holdfast.dev/retry';
/** On a custom resource: `true` asks TiDB Operator, where it runs with the fitting `-selector`, to leave it to us. */
export const MANAGED_LABEL = 'holdfast.dev/managed';
/** On a Restore: what to do where the gate cannot open as planned, for example `mismatch=wait,timeout=proceed`. */
export const GATE_POLICY_ANNOTATION = 'holdfast.dev/gate-policy';

/** TiDB Operator's labels on the Jobs and pods of a replication restore. */
export const REPLICATION_STEP_LABEL = 'tidb.pingcap.com/replication-step';
export const RESTORE_UID_LABEL = 'tidb.pingcap.com/restore-uid';
