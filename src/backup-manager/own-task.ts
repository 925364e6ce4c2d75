import { z } from 'zod';

/** One task of `br log status --json`; source: pingcap/tidb, br/pkg/stream/stream_status.go, printByJSON. */
const LogTask = z.looseObject({
  name: z.string(),
  /** A TSO is larger than what a JSON number can hold exactly. */
  start_ts: z.string().optional(),
  storage: z.string().optional(),
});
const LogTasks = z.array(LogTask);

/** BR's refusal of a second `br log start`; it does not say which task runs. */
export function saysTaskExists(failure: string): boolean {
  return failure.includes('[BR:Stream:ErrStreamLogTaskExist]');
}

export type TaskOwnership =
  /** The task of this name that writes to this place; an earlier run started it. */
  | { readonly kind: 'ours'; readonly startTs: string | undefined }
  | { readonly kind: 'elsewhere'; readonly storage: string }
  | { readonly kind: 'not-found' };

/**
 * Whether the output of `br log status --json` shows the task that this Backup asked for. A task of its name that
 * writes elsewhere is another Backup's: to call that a success would leave a Backup without data.
 * @param location where the Backup's data lies, as `storageLocation` says
 */
export function ownTaskIn(
  lines: readonly string[],
  { name, location }: { name: string; location: string },
): TaskOwnership {
  const task = lines.flatMap(tasksIn).find((candidate) => candidate.name === name);
  if (task === undefined) return { kind: 'not-found' };
  const { storage } = task;
  if (storage !== undefined && place(storage) !== place(location)) return { kind: 'elsewhere', storage };
  return { kind: 'ours', startTs: task.start_ts };
}

function tasksIn(line: string): z.infer<typeof LogTasks> {
  if (!line.startsWith('[{')) return [];
  let json: unknown;
  try {
    json = JSON.parse(line.replace(/("start_ts":)(\d+)/g, '$1"$2"'));
  } catch (failure) {
    // A line of the log may look like JSON at its beginning.
    if (failure instanceof SyntaxError) return [];
    throw failure;
  }
  return LogTasks.safeParse(json).data ?? [];
}

/** Bucket and path: schemes have aliases (`gs`, `gcs`), and options and a last slash make no other place. */
function place(url: string): string {
  return url
    .replace(/^[a-z0-9]+:\/\//i, '')
    .replace(/\?.*$/, '')
    .replace(/\/+$/, '');
}
