// The texts are BR's own (release 8) and those of the S3 client inside it; ids and addresses are made up.
const REQUEST = 'request id: 4442587FB7D0A2F9, host id: stand-in';

const MESSAGES = {
  'storage-error': ({ kind }) =>
    kind === 'log'
      ? `SlowDown: Please reduce your request rate.\n\tstatus code: 503, ${REQUEST}`
      : 'error happen in store 1 at basic-tikv-0.basic-tikv-peer:20160: Io(Custom { kind: Other, error: ' +
        '"failed to put object rusoto error timeout after 15mins for upload in s3 storage" }): ' +
        '[BR:KV:ErrKVStorage]tikv storage occur I/O error',
  credentials: () =>
    permission(
      'ListObjects',
      'InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.',
      403,
    ),
  'access-denied': () => permission('ListObjects', 'AccessDenied: Access Denied', 403),
  'bucket-missing': () => permission('ListObjects', 'NoSuchBucket: The specified bucket does not exist', 404),
  'task-exists': () =>
    'It supports single stream log task currently: [BR:Stream:ErrStreamLogTaskExist]stream task already exists',
  'task-ours': () => MESSAGES['task-exists'](),
  'task-missing': ({ taskName }) => `no such task ${taskName}: [BR:PiTR:ErrTaskNotFound]task not found`,
  'version-mismatch': () =>
    'TiKV node basic-tikv-0.basic-tikv-peer:20160 version 4.0.0 and BR 8.5.0 major version mismatch: ' +
    '[BR:Common:ErrVersionMismatch]version mismatch',
  locked: ({ storage }) =>
    'The existing lock will expire in 271 seconds. There may be another BR(8423) running. If not, you can wait ' +
    `for the lock to expire, or delete the file \`${storage}/checkpoints/backup/checkpoint.lock\` manually.`,
  network: ({ storage }) => {
    const bucket = bucketOf(storage);
    return (
      `failed to get region of bucket ${bucket}: RequestError: send request failed\n` +
      `caused by: Head "https://${bucket}.s3.amazonaws.com/": dial tcp 203.0.113.10:443: i/o timeout`
    );
  },
  'no-space': ({ kind, storage }) =>
    kind === 'log'
      ? `write ${storage.replace(/^local:\/\//, '')}/v1/backupmeta: no space left on device`
      : 'error happen in store 1 at basic-tikv-0.basic-tikv-peer:20160: Io(Os { code: 28, kind: StorageFull, ' +
        'message: "No space left on device" }): [BR:KV:ErrKVStorage]tikv storage occur I/O error',
  'compaction-incomplete': () =>
    'retain-latest-mvcc-version requires compact-log-backup compactions with cal-shift-ts enabled, ' +
    'minimal-compaction-size=0, complete TS coverage over [454512345678901248, 454612345678901248], and complete ' +
    'shards: [BR:Common:ErrInvalidArgument]invalid argument',
};

/**
 * A task that is ours already makes BR refuse its start only; whoever asks for its status is answered. An incomplete
 * compaction matters only to whoever wants to keep nothing but the newest versions.
 */
export function refuses(outcome, operation) {
  if (outcome === 'task-ours') return operation.command !== 'status';
  if (outcome === 'compaction-incomplete') return operation.keepsNewestVersionOnly === true;
  return outcome !== 'ok';
}

/** Every value that `br` may have in HOLDFAST_BR_STAND_IN. */
export const outcomeNames = ['ok', ...Object.keys(MESSAGES), 'hang', 'crash', 'oom'];

/** What BR prints behind `Error: ` when an operation ends this way. */
export function failureFor(outcome, operation) {
  return MESSAGES[outcome](operation);
}

function permission(check, cause, statusCode) {
  return (
    `check permission ${check} failed due to ${cause}\n\tstatus code: ${statusCode}, ${REQUEST}: ` +
    '[BR:ExternalStorage:ErrStorageInvalidPermission]external storage permission'
  );
}

function bucketOf(storage) {
  return /^[a-z0-9]+:\/\/([^/?]+)/.exec(storage)?.[1] ?? storage;
}
