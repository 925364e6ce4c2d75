import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBinaries } from '../../dev/binaries/ensure-binaries.js';
import { startDrillStack, type DrillStack } from './drill-stack.js';
import { waitFor } from './wait-for.js';
import { HOLDFAST } from './worker-process.js';

/** In the docs, and here. */
const BACKUP = '20261122T020011Z';
const DRILL_MS = 120_000;

let world: DrillStack;
let shell: (script: string) => Promise<{ exitCode: number | undefined; output: string }>;
beforeAll(async () => {
  world = await startDrillStack();
  await world.publish(`docs/${BACKUP}`, { compression: 'zstd' });
  const secrets = secretsOf(world);
  await world.host.terminate();
  await world.startHost('docs-host', secrets);
  const folder = join(world.stack.folder, 'docs');
  const programs = await programsOfPeople(folder);
  await writeFile(join(folder, 'drill-secret'), world.store.readOnly.secretAccessKey);
  shell = async (script) => {
    const { exitCode, all } = await execa('sh', ['-c', script], {
      env: { ...world.stack.env, ...secrets, HOME: folder, PATH: `${programs}:${process.env['PATH'] ?? ''}` },
      cwd: folder,
      extendEnv: false,
      reject: false,
      all: true,
      timeout: DRILL_MS,
    });
    return { exitCode, output: all };
  };
});
afterAll(() => world?.stop());

/** What the plan of the docs refers to, and what the SDK's default chain finds. */
function secretsOf({ store: { admin, readOnly } }: DrillStack): Record<string, string> {
  return {
    DRILL_ACCESS_KEY_ID: readOnly.accessKeyId,
    LEDGER_ACCESS_KEY_ID: admin.access.accessKeyId,
    LEDGER_SECRET_ACCESS_KEY: admin.access.secretAccessKey,
    AWS_ACCESS_KEY_ID: admin.access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: admin.access.secretAccessKey,
  };
}

/** `holdfast` and `temporal` as they are called where they are installed. Returns their folder. */
async function programsOfPeople(folder: string): Promise<string> {
  const programs = join(folder, 'bin');
  await mkdir(programs, { recursive: true });
  const { temporal } = await ensureBinaries(['temporal']);
  const commands = { holdfast: `"${process.execPath}" "${HOLDFAST}"`, temporal: `"${temporal}"` };
  for (const [name, command] of Object.entries(commands)) {
    await writeFile(join(programs, name), `#!/bin/sh\nexec ${command} "$@"\n`);
    await chmod(join(programs, name), 0o755);
  }
  return programs;
}

/** The fenced blocks of a page in one language, with the servers of this test in place of those that nobody has. */
async function blocksOf(page: string, { language, below = '' }: { language: string; below?: string }) {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const section = text.slice(text.indexOf(below));
  const blocks = section.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'));
  return [...blocks].map(([, block = '']) =>
    block
      .replaceAll('https://s3.example.com', world.store.endpoint)
      .replaceAll('shop-backups', 'backups')
      .replaceAll('drill-ledger', 'ledger')
      .replaceAll(/\bshop\/(?!binlogs)/g, 'shop/docs/')
      .replaceAll('/run/secrets/drill-secret', join(world.stack.folder, 'docs', 'drill-secret'))
      .replaceAll('48000', '100'),
  );
}

/** What commands say of a backup that is good, beside their exit code 0. */
const SAYS = [
  { to: 'holdfast drill run', text: /VERDICT +PASS/ },
  { to: 'holdfast drill report', text: /data +passed/ },
  { to: 'holdfast backups list', text: new RegExp(`^LAST VERIFIED ${BACKUP}`) },
];

describe('docs/restore-drills.md', () => {
  test(
    'has a plan that can be applied, and commands that work in their order',
    { timeout: 600_000 },
    async () => {
      const [plan = ''] = await blocksOf('restore-drills.md', { language: 'yaml' });
      await writeFile(join(world.stack.folder, 'docs', 'plans.yaml'), plan);
      const blocks = await blocksOf('restore-drills.md', { language: 'sh' });
      const commands = blocks.flatMap((block) => block.trim().split('\n'));
      expect(commands.length).toBeGreaterThanOrEqual(10);
      for (const command of commands) {
        const { exitCode, output } = await shell(command);
        expect({ command, exitCode, output }).toMatchObject({ command, exitCode: 0 });
        expect(output).toMatch(SAYS.find(({ to }) => command.startsWith(to))?.text ?? /(?:)/);
      }
    },
  );

  test('has commands in its text that are understood', { timeout: 300_000 }, async () => {
    const text = await readFile(new URL('../../docs/restore-drills.md', import.meta.url), 'utf8');
    const inline = [...text.matchAll(/`(holdfast (?:drill|backups) [^`]*[<-][^`]*)`/g)].map(
      ([, line = '']) => line,
    );
    expect(inline.length).toBeGreaterThanOrEqual(3);
    for (const line of new Set(inline)) {
      const command = line.replace('<plan>', 'weekly-shop').replace('<id>', BACKUP);
      const { exitCode, output } = await shell(command.includes(' run ') ? `${command} --dry-run` : command);
      expect({ command, exitCode, output }).toMatchObject({ command, exitCode: 0 });
    }
  });
});

test(
  'docs/workflows.md starts a drill by the Temporal CLI, and asks how it is',
  { timeout: 300_000 },
  async () => {
    const [script = ''] = await blocksOf('workflows.md', { language: 'sh', below: '## runRestoreDrill' });
    expect(script).toContain('temporal workflow start');
    const { exitCode, output } = await shell(script);
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(output).toMatch(/"?phase"?/);
    const handle = world.temporal.workflow.getHandle('drill/eu-1/shop-by-hand');
    expect(await handle.result()).toMatchObject({ verdict: 'pass', cluster: 'eu-1' });
    await waitFor('an empty host', async () => (await world.leftovers()).length === 0);
  },
);
