import type { DrillCause } from '../drill-cause.js';

/** `clock-skew` comes from the store's answers (activities/drill/conclude.ts). */
type Cause = DrillCause | 'clock-skew';

/** The section of docs/restore-drills.md that says more. */
type Section = 'bytes' | 'backup' | 'content' | 'binary-logs' | 'refused' | 'drill';

interface NextStep {
  readonly advice: string;
  /** Heading in the documentation. */
  readonly reference: string;
}

const ANOTHER = 'Take a new full backup now, and drill it.';

const STEPS: Readonly<Record<Cause, readonly [Section, string]>> = {
  'incomplete-upload': ['bytes', `The upload did not end. ${ANOTHER} Then look at why the upload died.`],
  'missing-object': [
    'bytes',
    `Objects were lost or deleted. ${ANOTHER} Check lifecycle rules and retention.`,
  ],
  'checksum-mismatch': [
    'bytes',
    `Objects changed after the upload, or on the way to it. ${ANOTHER} Check who can write to the bucket.`,
  ],
  'unproven-bytes': [
    'bytes',
    'Let the backup job write manifest.sha256 or baseline.json: nothing says what these bytes should be.',
  ],
  'backup-changed': [
    'bytes',
    'Somebody writes to this backup while it is read: find out who, then drill again.',
  ],
  'size-drop': [
    'bytes',
    'Compare with the database: if it did shrink, lower minSizeRatio; if not, take a new full backup.',
  ],
  'stream-damaged': ['bytes', `The stream is cut or flipped. ${ANOTHER}`],
  decompression: ['bytes', `A compressed file does not unpack. ${ANOTHER}`],
  'missing-metadata': ['backup', `The backup tool did not finish. Read its log. ${ANOTHER}`],
  'malformed-metadata': ['backup', `The tool's own files cannot be read. ${ANOTHER}`],
  'not-a-full-backup': ['backup', 'Point the plan at full backups: an increment alone restores nothing.'],
  'version-mismatch': [
    'backup',
    'Bring backup tool and server to the same release series, and give the drill host that server.',
  ],
  encryption: ['backup', 'Give the drill host the keys, or check that the keys still exist at all.'],
  'corrupt-source': [
    'backup',
    'The production server has a corrupt page: page the database owner now; more backups do not help.',
  ],
  'redo-incomplete': [
    'backup',
    `The redo log ends too early. Enlarge it or back up at a quieter time. ${ANOTHER}`,
  ],
  'page-corruption': [
    'content',
    `A table file is damaged. ${ANOTHER} If that one fails too, the server itself has the damage.`,
  ],
  'truncated-file': ['content', `A table file is cut short. ${ANOTHER}`],
  'missing-file': ['content', `A table file is gone. ${ANOTHER}`],
  'prepare-failed': ['content', `The tool cannot make the backup consistent. ${ANOTHER}`],
  'copy-back-failed': [
    'content',
    'Read the lines of the tool, then drill again on a host with enough space.',
  ],
  'server-start': ['content', `No server comes up on this data. ${ANOTHER}`],
  'table-corruption': [
    'content',
    `A table cannot be read. ${ANOTHER} Run CHECK TABLE on the source as well.`,
  ],
  'missing-table': ['content', 'Check whether the table was dropped: else the backup leaves it out.'],
  'content-mismatch': [
    'content',
    `The data is not what it was at backup time. ${ANOTHER} Then look at how the backup is taken.`,
  ],
  'query-mismatch': [
    'content',
    'Check the query and its expected answer against the source, then the backup.',
  ],
  'binlog-missing': [
    'binary-logs',
    'Find the missing binary log on the server and upload it before it is purged.',
  ],
  'binlog-damaged': ['binary-logs', 'Upload that binary log again while the server still has it.'],
  'binlog-gap': [
    'binary-logs',
    'No point in time after the gap can be reached from this backup: take a new full backup now.',
  ],
  'replay-failed': ['binary-logs', 'Read the statement that failed: the binary logs do not fit this backup.'],
  'target-missing': ['binary-logs', 'Check the target, and whether its binary log was uploaded.'],
  'refused-name': ['refused', 'An object has a name that no backup tool writes: find out who wrote it.'],
  'refused-option': [
    'refused',
    'backup-my.cnf has an option that a drill does not run with: find out who wrote it.',
  ],
  'refused-path': [
    'refused',
    'A file of the backup points to another place (.isl): restore it by hand, never on the host of production.',
  ],
  'too-many-objects': ['refused', 'Raise limits.objects if the backup really has that many.'],
  'disk-space': [
    'drill',
    'Give the drill host more space (HOLDFAST_WORK_DIR, limits.workBytes), drill again.',
  ],
  memory: ['drill', 'Give the drill host more memory, drill again.'],
  'tool-missing': ['drill', 'Install the tool on the drill host; holdfast doctor says which one.'],
  'tool-timeout': [
    'drill',
    'Raise limits.toolTimeout if the host is slow; else read what the tool said last.',
  ],
  unsupported: ['drill', 'This backup has what a drill cannot judge: restore it by hand to know.'],
  'plan-mismatch': ['drill', 'Correct layout and compression in the plan: the bucket holds something else.'],
  'store-refused': ['drill', 'Check the credentials and their rights; reading and listing suffice.'],
  'store-malformed': ['drill', 'Check the endpoint: what answers there is no object store.'],
  'store-unreachable': ['drill', 'Check the object store and the way to it, drill again.'],
  'clock-skew': ['drill', "Set the drill host's clock, drill again."],
  'host-lost': ['drill', 'Look at why drill hosts die (memory, eviction), drill again.'],
  'internal-error': ['drill', 'This is a defect of the drill: report it with this page.'],
};

const HEADINGS: Readonly<Record<Section, string>> = {
  bytes: 'When the bytes are wrong',
  backup: 'When it is no usable backup',
  content: 'When the content is damaged',
  'binary-logs': 'When the binary logs do not fit',
  refused: 'When a drill refuses',
  drill: 'When the drill could not tell',
};

/** What a person does now, by the cause in the report; a cause of a later version is no error. */
export function nextStepFor(cause: string | undefined): NextStep | undefined {
  const known = Object.entries(STEPS).find(([name]) => name === cause)?.[1];
  if (known === undefined) return undefined;
  const [section, advice] = known;
  return { advice, reference: HEADINGS[section] };
}
