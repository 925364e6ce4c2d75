import type { Backup } from '../../src/domain/backup/backup.js';
import type { CompactBackup } from '../../src/domain/replication/compact-backup.js';
import type { Restore } from '../../src/domain/replication/restore.js';
import type { Job } from '../../src/domain/kubernetes/job.js';
import type { ObjectMeta } from '../../src/domain/kubernetes/object-meta.js';
import type { Pod } from '../../src/domain/kubernetes/pod.js';
import { backupNews, pendingRetry, type PendingRetry } from './backup-news.js';
import { compactionNews } from './compaction-news.js';
import { eventNews, jobNews, podNews } from './job-news.js';
import type { News } from './news.js';
import type { Observation } from './observation.js';
import { restoreNews } from './restore-news.js';

/** One line of the timeline: what was seen of which object, and when. */
export interface TimelineLine extends News {
  readonly atMs: number;
  /** Name of the Backup, Restore or CompactBackup that it is about. */
  readonly subject: string;
}

/** Turns what is observed into lines. Knows no clock and no narration: no observation, no line. */
export interface Timeline {
  observe(observation: Observation): TimelineLine[];
  /** Retries that were decided but have not begun, as last seen. */
  pendingRetries(): PendingRetry[];
}

export function createTimeline(): Timeline {
  const known: Known = {
    backups: new Map(),
    restores: new Map(),
    compactions: new Map(),
    jobs: new Map(),
    pods: new Map(),
    events: new Set(),
  };
  return {
    observe: (observation) => {
      const { subject, news } = newsOf(known, observation);
      return news.map((one) => ({ ...one, atMs: observation.atMs, subject }));
    },
    pendingRetries: () => [...known.backups.values()].flatMap((backup) => pendingRetry(backup) ?? []),
  };
}

/** Every object as it was last seen, by UID. */
interface Known {
  readonly backups: Map<string, Backup>;
  readonly restores: Map<string, Restore>;
  readonly compactions: Map<string, CompactBackup>;
  readonly jobs: Map<string, Job>;
  readonly pods: Map<string, Pod>;
  readonly events: Set<string>;
}

function newsOf(known: Known, observation: Observation): { subject: string; news: News[] } {
  switch (observation.kind) {
    case 'backup': {
      const { backup } = observation;
      const { name } = backup.metadata;
      return { subject: name, news: backupNews(replace(known.backups, backup), backup) };
    }
    case 'restore': {
      const { restore } = observation;
      const news = restoreNews(replace(known.restores, restore), restore);
      return { subject: restore.metadata.name, news };
    }
    case 'compaction': {
      const { compactBackup } = observation;
      const news = compactionNews(replace(known.compactions, compactBackup), compactBackup);
      return { subject: compactBackup.metadata.name, news };
    }
    case 'job': {
      const { job, deleted } = observation;
      return { subject: instanceOf(job.metadata), news: jobNews(replace(known.jobs, job), { job, deleted }) };
    }
    case 'pod': {
      const { pod } = observation;
      return { subject: instanceOf(pod.metadata), news: podNews(replace(known.pods, pod), pod) };
    }
    case 'event': {
      const { event } = observation;
      const isKnown = known.events.has(event.metadata.uid);
      known.events.add(event.metadata.uid);
      return { subject: event.involvedObject.name, news: isKnown ? [] : eventNews(event) };
    }
    case 'workflow': {
      const { subject, workflowType, url } = observation;
      const text = `workflow ${workflowType} exists: ${url}`;
      return { subject, news: [{ tone: 'plain', text }] };
    }
  }
}

/** Remembers the object and returns what was known of it before. */
function replace<T extends { readonly metadata: ObjectMeta }>(
  known: Map<string, T>,
  object: T,
): T | undefined {
  const before = known.get(object.metadata.uid);
  known.set(object.metadata.uid, object);
  return before;
}

/** The Backup or Restore that a Job or pod belongs to, by the label that all of them carry. */
function instanceOf({ labels, name }: ObjectMeta): string {
  return labels?.['app.kubernetes.io/instance'] ?? name;
}
