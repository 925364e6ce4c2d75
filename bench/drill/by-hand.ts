import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { MariadbTools } from '../../dev/binaries/mariadb-tools.js';
import { clientArgs, ownUser } from '../../dev/mariadb/start-mariadb.js';
import type { S3Client } from '../../dev/object-store/s3-client.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import { baseline } from '../../src/domain/drill/baseline.js';
import type { RungName } from '../../src/domain/drill/rung.js';

export interface BareDrill {
  readonly client: S3Client;
  readonly bucket: string;
  /** Of one backup; ends in `/`. */
  readonly prefix: string;
  readonly tools: MariadbTools;
  /** Made and removed. */
  readonly folder: string;
}

export interface BareTimes {
  readonly wallMs: number;
  /** Downloading alone, without the manifest. */
  readonly downloadMs: number;
  readonly rungMs: ReadonlyMap<RungName, number>;
}

/** As `aws s3 cp` does. */
const DOWNLOADS_AT_ONCE = 10;

/** The rungs of a drill as a careful person does them: bare commands, one after the other, results not even read. */
export async function drillByHand(drill: BareDrill): Promise<BareTimes> {
  const rungMs = new Map<RungName, number>();
  const timed = async <T>(rung: RungName, work: () => Promise<T>): Promise<T> => {
    const fromMs = performance.now();
    const answer = await work();
    rungMs.set(rung, performance.now() - fromMs);
    return answer;
  };
  const startedMs = performance.now();
  const bare = commandsOf(drill);
  await mkdir(drill.folder, { recursive: true });
  try {
    const keys = await timed('inventory', bare.list);
    const downloadMs = await timed('checksums', async () => {
      const fromMs = performance.now();
      await bare.download(keys);
      const tookMs = performance.now() - fromMs;
      await bare.run('sha256sum', ['--check', '--quiet', 'manifest.sha256'], bare.objects);
      return tookMs;
    });
    await timed('pages', bare.checkPages);
    await timed('prepare', bare.prepare);
    await timed('copy-back', bare.copyBack);
    const server = await timed('start', bare.startServer);
    try {
      await timed('tables', bare.checkTables);
      await timed('data', bare.compareData);
    } finally {
      await server.end();
    }
    await rm(drill.folder, { recursive: true });
    return { wallMs: performance.now() - startedMs, downloadMs, rungMs };
  } finally {
    await rm(drill.folder, { recursive: true, force: true });
  }
}

function commandsOf({ client, bucket, prefix, tools, folder }: BareDrill) {
  const objects = join(folder, 'objects');
  const data = join(folder, 'data');
  const socket = join(folder, 's.sock');
  const run = (program: string, args: readonly string[], cwd = folder) =>
    execa(program, args, { cwd, env: tools.env, maxBuffer: 1_000_000_000 });
  const login = clientArgs({ socket });
  return {
    objects,
    run,
    list: () => client.listKeys({ bucket, prefix }),
    download: async (keys: readonly string[]) => {
      const left = [...keys];
      const worker = async () => {
        for (let key = left.shift(); key !== undefined; key = left.shift()) {
          const file = join(objects, key.slice(prefix.length));
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, await client.getObject({ bucket, key }));
        }
      };
      await Promise.all(Array.from({ length: DOWNLOADS_AT_ONCE }, worker));
    },
    checkPages: () => run('find', ['.', '-name', '*.ibd', '-exec', 'innochecksum', '{}', ';'], objects),
    prepare: async () => {
      // They are no part of the backup, and copy-back would take them along.
      await mkdir(join(folder, 'beside'));
      await run('mv', ['manifest.sha256', 'baseline.json', join(folder, 'beside')], objects);
      await run('mariadb-backup', ['--prepare', `--target-dir=${objects}`]);
    },
    copyBack: () =>
      run('mariadb-backup', ['--no-defaults', '--move-back', `--target-dir=${objects}`, `--datadir=${data}`]),
    startServer: async () => {
      const server = run('mariadbd', [
        '--no-defaults',
        ...ownUser(),
        `--datadir=${data}`,
        `--socket=${socket}`,
        '--skip-networking',
        '--skip-grant-tables',
        '--event-scheduler=DISABLED',
        '--read-only',
        '--innodb-log-file-size=33554432',
      ]);
      await waitUntil({
        what: 'the restored server does not answer',
        timeoutMs: 60_000,
        intervalMs: 50,
        attempt: async () => (await run('mariadb', [...login, '-e', 'SELECT 1'])).exitCode === 0,
      });
      return {
        end: async () => {
          server.kill('SIGTERM');
          await server;
        },
      };
    },
    checkTables: () => run('mariadb-check', [...login, '--all-databases']),
    compareData: async () => {
      const { tables } = baseline.parse(
        JSON.parse(await readFile(join(folder, 'beside/baseline.json'), 'utf8')),
      );
      const statements = tables.map(
        ({ schema, table }) =>
          `SELECT COUNT(*) FROM \`${schema}\`.\`${table}\`; CHECKSUM TABLE \`${schema}\`.\`${table}\`;`,
      );
      await run('mariadb', [...login, '--default-character-set=utf8mb4', '-e', statements.join('\n')]);
    },
  };
}
