import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a real tool stops: before it begins, or when its work is done and nobody knows yet. */
const HOLDS = {
  pages: { program: 'innochecksum', argument: '', when: 'after' },
  prepare: { program: 'mariadb-backup', argument: '--prepare', when: 'after' },
  'copy-back': { program: 'mariadb-backup', argument: '--copy-back', when: 'after' },
  start: { program: 'mariadbd', argument: '--datadir', when: 'before' },
  pitr: { program: 'mariadb-binlog', argument: '', when: 'after' },
} as const;
export type HeldRung = keyof typeof HOLDS;

/** The real tools, each of which can be made to hang once; a hanging one ignores SIGTERM. */
export interface HeldTools {
  /** To be put first in PATH. */
  readonly folder: string;
  hold(rung: HeldRung): Promise<void>;
  isHeld(rung: HeldRung): boolean;
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
  };
}

/** Of several at once only one can rename the file, and hangs. */
function scriptOf(program: string, { folder, real }: { folder: string; real: string }): string {
  const cases = Object.entries(HOLDS)
    .filter(([, hold]) => hold.program === program)
    .map(([rung, { argument, when }]) => {
      const held = `mv ${folder}/${rung}.wanted ${folder}/${rung}.held 2>/dev/null`;
      const work = when === 'after' ? `"${real}" "$@"; ` : '';
      return `*${argument}*) if [ -e ${folder}/${rung}.wanted ]; then ${work}${held} && hang; fi ;;`;
    });
  return `#!/bin/sh
hang() { trap '' TERM; while :; do sleep 1; done; }
case " $*" in
${cases.join('\n')}
esac
exec "${real}" "$@"
`;
}
