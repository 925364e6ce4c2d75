import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { mariadbTools } from '../../dev/binaries/mariadb-tools.js';
import type { PublishedCase } from '../../dev/fault-corpus/corpus-case.js';
import type { S3Client } from '../../dev/object-store/s3-client.js';
import type { DrillVerdict } from '../../src/domain/drill/verdict.js';

/** Longer than any of them takes; the runbook's own replay may wait for a server that is gone. */
const TIMEOUT_MS = 180_000;

const PROCEDURES = {
  'usual runbook': 'usual-runbook.sh',
  'careful script': 'careful-script.sh',
} as const;
export type BareProcedure = keyof typeof PROCEDURES;
export const BARE_PROCEDURES: readonly BareProcedure[] = ['usual runbook', 'careful script'];

export interface BareRun {
  readonly client: S3Client;
  readonly bucket: string;
  readonly item: PublishedCase;
  /** Made by this; short, because a socket is below it. */
  readonly folder: string;
}

export interface BareVerdict {
  readonly verdict: DrillVerdict;
  /** Its last line. */
  readonly said: string;
}

/**
 * Runs a script on a fresh download. Without a network, and alone in a PID namespace: hostile backups are among them, and
 * no server may outlive it; what it writes to `/var/lib`, where such a backup points, is gone with it.
 */
export async function runBareProcedure(name: BareProcedure, run: BareRun): Promise<BareVerdict> {
  const { item, folder } = run;
  const backup = join(folder, 'backup');
  const binlogs = join(folder, 'binlogs');
  const scratch = join(folder, 'scratch');
  await mkdir(scratch, { recursive: true });
  await download(run, { prefix: `${item.prefix}${item.backupId}/`, to: backup });
  if (item.pitrRequired) await download(run, { prefix: `${item.prefix}binlogs/`, to: binlogs });
  const script = fileURLToPath(new URL(PROCEDURES[name], import.meta.url));
  const args = [
    backup,
    scratch,
    ...(name === 'careful script' ? [item.layout] : []),
    ...(item.pitrRequired ? [binlogs] : []),
  ];
  const inside = ['sh', '-c', 'mount -t tmpfs tmpfs /var/lib && exec bash "$@"', 'sh', script, ...args];
  const isolated = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', ...inside];
  const { env } = await mariadbTools();
  const { exitCode, all } = await execa('unshare', isolated, {
    env,
    all: true,
    reject: false,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 50_000_000,
    stripFinalNewline: true,
  });
  return { verdict: verdictOf(exitCode), said: all?.slice(all.lastIndexOf('\n') + 1).slice(0, 200) ?? '' };
}

/** A script that is killed, or ends as no script should, has not said that the backup is good. */
function verdictOf(exitCode: number | undefined): DrillVerdict {
  if (exitCode === 0) return 'pass';
  return exitCode === 4 ? 'inconclusive' : 'fail';
}

async function download(
  { client, bucket }: BareRun,
  { prefix, to }: { prefix: string; to: string },
): Promise<void> {
  for (const key of await client.listKeys({ bucket, prefix })) {
    const file = join(to, key.slice(prefix.length));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await client.getObject({ bucket, key }));
  }
}
