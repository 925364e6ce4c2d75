import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from './wait-for.js';

/**
 * Where a real tool stops: before it begins, when its work is done and nobody knows yet, or, a server, in the middle of
 * its first CHECK TABLE.
 */
const HOLDS = {
  unpack: { program: 'zstd', argument: '--decompress', when: 'after' },
  metadata: { program: 'mariadbd', argument: '--version', when: 'before' },
  pages: { program: 'innochecksum', argument: '', when: 'after' },
  prepare: { program: 'mariadb-backup', argument: '--prepare', when: 'after' },
  'copy-back': { program: 'mariadb-backup', argument: '--copy-back', when: 'after' },
  start: { program: 'mariadbd', argument: '--datadir', when: 'before' },
  tables: { program: 'mariadbd', argument: '--datadir', when: 'checking' },
  pitr: { program: 'mariadb-binlog', argument: '', when: 'after' },
} as const;
export type HeldRung = keyof typeof HOLDS;

/** The real tools, each of which can be made to hang once; a hanging one ignores SIGTERM. */
export interface HeldTools {
  /** To be put first in PATH. */
  readonly folder: string;
  hold(rung: HeldRung): Promise<void>;
  isHeld(rung: HeldRung): boolean;
  /** Lets a server go on that was stopped at its first CHECK TABLE, and waits until it does. */
  letCheck(): Promise<void>;
}

export async function createHeldTools(toolFolder: string, place: string): Promise<HeldTools> {
  const folder = join(place, 'held-tools');
  await mkdir(folder, { recursive: true });
  for (const program of new Set(Object.values(HOLDS).map((hold) => hold.program))) {
    const file = join(folder, program);
    await writeFile(file, scriptOf(program, { folder, real: join(toolFolder, program) }));
    await chmod(file, 0o755);
  }
  return {
    folder,
    hold: (rung) => writeFile(join(folder, `${rung}.wanted`), ''),
    isHeld: (rung) => existsSync(join(folder, `${rung}.held`)),
    letCheck: async () => {
      await writeFile(join(folder, 'tables.release'), '');
      await waitFor('the server to go on', () => !existsSync(join(folder, 'tables.held')));
    },
  };
}

/** Of several at once only one can rename the file, and hangs. */
function scriptOf(program: string, { folder, real }: { folder: string; real: string }): string {
  const holds = Object.entries(HOLDS)
    .filter(([, hold]) => hold.program === program)
    .map(([rung, { argument, when }]) => {
      const wanted = `${folder}/${rung}.wanted`;
      const held = `mv ${wanted} ${folder}/${rung}.held 2>/dev/null`;
      const acts = {
        before: `${held} && hang`,
        after: `"${real}" "$@"; ${held} && hang`,
        checking: `freeze $$ & set -- "$@" --general-log --general-log-file=${folder}/general.log`,
      };
      return `case " $* " in *${argument}*) if [ -e ${wanted} ]; then ${acts[when]}; fi ;; esac`;
    });
  return `#!/bin/sh
hang() { trap '' TERM; while :; do sleep 1; done; }
freeze() {
  : > ${folder}/general.log
  until grep -q 'CHECK TABLE' ${folder}/general.log; do kill -0 $1 || exit; sleep 0.005; done
  kill -STOP $1 && mv ${folder}/tables.wanted ${folder}/tables.held
  until [ -e ${folder}/tables.release ]; do kill -0 $1 || exit; sleep 0.1; done
  kill -CONT $1 && rm ${folder}/tables.held
}
${holds.join('\n')}
exec "${real}" "$@"
`;
}
