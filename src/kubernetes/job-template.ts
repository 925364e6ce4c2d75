import { isOwnedBy } from '../domain/kubernetes/owned-by.js';
import { z } from 'zod';
import { ATTEMPT_LABEL, OWNER_UID_LABEL } from '../domain/labels.js';
import type { Backup } from '../domain/backup/backup.js';
import type { Job } from '../domain/kubernetes/job.js';
import { boundedName } from '../domain/names.js';
import { specHash } from '../domain/spec-hash.js';
import type { KubernetesApi } from './api.js';
import { isConflict } from './api-failure.js';
import { backupOwnerReference } from './objects/owned-metadata.js';
import { CONTROLLER_REVISIONS, type ObjectReference } from './resources.js';

/** What a Job was made from: enough to create it again, nothing that the API server or its controllers added. */
const JobTemplate = z.object({
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  spec: z.looseObject({ template: z.looseObject({ metadata: z.looseObject({}).optional() }) }),
});
export type JobTemplate = z.infer<typeof JobTemplate>;

const Revision = z.looseObject({
  metadata: z.looseObject({
    uid: z.string(),
    ownerReferences: z.array(z.looseObject({ uid: z.string() })).optional(),
  }),
  data: JobTemplate,
});

/** Labels that the Job controller sets, or that belong to one attempt. */
const NOT_IN_TEMPLATE = new Set([
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  ATTEMPT_LABEL,
]);

function templateOf(job: Job): JobTemplate {
  const { selector: _selector, manualSelector: _manual, ...spec } = job.spec;
  const { template } = JobTemplate.shape.spec.parse(spec);
  const podMetadata = { ...template.metadata, labels: withoutForeign(labelsIn(template.metadata)) };
  return {
    labels: withoutForeign(job.metadata.labels ?? {}),
    annotations: job.metadata.annotations ?? {},
    spec: { ...spec, template: { ...template, metadata: podMetadata } },
  };
}

/** The Job of one attempt, from its template. */
export function jobFromTemplate(
  template: JobTemplate,
  { backup, name, attempt }: { backup: Backup; name: string; attempt: number },
): object {
  const own = { [ATTEMPT_LABEL]: String(attempt), [OWNER_UID_LABEL]: backup.metadata.uid };
  const { template: pod } = template.spec;
  const podMetadata = { ...pod.metadata, labels: { ...labelsIn(pod.metadata), ...own } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: backup.metadata.namespace,
      labels: { ...template.labels, ...own },
      annotations: template.annotations,
      ownerReferences: [backupOwnerReference(backup)],
    },
    spec: { ...template.spec, template: { ...pod, metadata: podMetadata } },
  };
}

function labelsIn(metadata: object | undefined): Record<string, string> {
  const labels: unknown = metadata !== undefined && 'labels' in metadata ? metadata.labels : undefined;
  return z
    .record(z.string(), z.string())
    .catch({})
    .parse(labels ?? {});
}

function withoutForeign(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !NOT_IN_TEMPLATE.has(key)));
}

/** Whether the caller has reason to believe that there is a template of this Job's name. */
export type KeptBefore = 'perhaps' | 'hardly';

/**
 * Keeps the Job's template where neither a crash nor the deletion of the Job can lose it. No write where it is kept
 * already.
 * @param question `keptBefore`: where hardly, the write itself looks whether one is there
 * @returns the template
 */
export async function keepTemplate(
  api: KubernetesApi,
  { backup, job, keptBefore }: { backup: Backup; job: Job; keptBefore: KeptBefore },
): Promise<JobTemplate> {
  const template = templateOf(job);
  const reference = revisionReference(backup, job.metadata.name);
  // A retry was made from what is kept.
  const isFirstRun = Number(job.metadata.labels?.[ATTEMPT_LABEL] ?? 0) === 0;
  const hardly = keptBefore === 'hardly' && isFirstRun;
  if (hardly && (await createRevision(api, { backup, reference, template }))) return template;
  const found = await api.get(reference);
  if (found !== undefined) {
    const revision = Revision.parse(found);
    const same = isOwnedBy(revision, backup.metadata.uid) && specHash(revision.data) === specHash(template);
    if (same) return template;
    // A ControllerRevision's data cannot be changed: the Job was built anew since, or its Backup was.
    await api.delete(reference, { uid: revision.metadata.uid, propagationPolicy: 'Background' });
  }
  await createRevision(api, { backup, reference, template });
  return template;
}

/** @returns whether there was none of this name */
async function createRevision(
  api: KubernetesApi,
  { backup, reference, template }: { backup: Backup; reference: ObjectReference; template: JobTemplate },
): Promise<boolean> {
  const revision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: reference.name,
      namespace: backup.metadata.namespace,
      labels: { [OWNER_UID_LABEL]: backup.metadata.uid },
      ownerReferences: [backupOwnerReference(backup)],
    },
    revision: 1,
    data: template,
  };
  try {
    await api.create(CONTROLLER_REVISIONS, backup.metadata.namespace, revision);
    return true;
  } catch (failure) {
    if (isConflict(failure)) return false;
    throw failure;
  }
}

/** The kept template; `undefined` where there is none of this Backup. */
export async function readTemplate(
  api: KubernetesApi,
  { backup, jobName }: { backup: Backup; jobName: string },
): Promise<JobTemplate | undefined> {
  const found = await api.get(revisionReference(backup, jobName));
  if (found === undefined) return undefined;
  const revision = Revision.parse(found);
  return isOwnedBy(revision, backup.metadata.uid) ? revision.data : undefined;
}

function revisionReference(backup: Backup, jobName: string): ObjectReference {
  return {
    resource: CONTROLLER_REVISIONS,
    namespace: backup.metadata.namespace,
    name: boundedName(`${jobName}-template`),
  };
}
