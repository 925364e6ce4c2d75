import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Progress } from './binary-sources.js';
import { ensureCachedFolder } from './cached-folder.js';
import { unpackDebianPackages } from './debian-packages.js';
import { hashOfWords, linkedFolder, programsInPath } from './path-programs.js';
import { writeWrappers } from './program-wrapper.js';

/** `prometheus`, `promtool`, `alertmanager` and `amtool` lie in `binDir` by these names. */
export interface PrometheusTools {
  binDir: string;
}

const programs = ['prometheus', 'promtool', 'alertmanager', 'amtool'] as const;
/** Debian 12: Prometheus 2.42 and Alertmanager 0.25, which need nothing but libc. */
const packages = ['prometheus', 'prometheus-alertmanager'];
/** Prometheus 2.42 is the first with `keep_firing_for`; Alertmanager 0.24 the first with active time intervals. */
const oldest = { prometheus: [2, 42], alertmanager: [0, 24] } as const;

/**
 * Prometheus and Alertmanager with their tools: those on PATH where all are there and new enough, else Debian packages
 * unpacked into our cache, by any user.
 * @throws Error naming what was tried
 */
export async function prometheusTools(options: { progress?: Progress } = {}): Promise<PrometheusTools> {
  const progress = options.progress ?? (() => undefined);
  const inPath = await goodProgramsInPath();
  if (inPath !== undefined) {
    const own = { name: 'prometheus', label: 'Prometheus of this machine', programs: inPath, progress };
    return { binDir: await linkedFolder(own) };
  }
  try {
    const folder = await ensureCachedFolder({
      name: `prometheus/debian-${hashOfWords([...packages, templatesInRoot])}`,
      label: 'Prometheus and Alertmanager',
      progress,
      fill: async ({ target, final }, fetching) => {
        await unpackDebianPackages({ packages, target: join(target, 'root') }, fetching);
        await findTemplatesInRoot(join(target, 'root', alertmanager));
        await writeDebianWrappers(target, final);
      },
    });
    return { binDir: join(folder, 'bin') };
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    const wanted = `${programs.join(', ')}; Prometheus ${oldest.prometheus.join('.')}, Alertmanager ${oldest.alertmanager.join('.')} or newer`;
    throw new Error(
      `cannot get Prometheus and Alertmanager. Tried:\n  - PATH: not all of ${wanted}\n  - Debian packages: ${reason}`,
      { cause: failure },
    );
  }
}

/** Debian's name of Alertmanager. */
const alertmanager = 'usr/bin/prometheus-alertmanager';
const templatesInstalled = '/usr/share/prometheus/alertmanager';
/** As long as the path above. */
const templatesInRoot = 'usr/share/prometheus//alertmanager';

/**
 * Debian's Alertmanager reads the templates of its notifications from one path that it was built with, and does not
 * start without them: in our copy that path begins where the program runs, not at the root.
 */
async function findTemplatesInRoot(program: string): Promise<void> {
  const code = await readFile(program);
  let at = code.indexOf(templatesInstalled);
  if (at < 0) throw new Error(`${program} does not name ${templatesInstalled}`);
  for (; at >= 0; at = code.indexOf(templatesInstalled, at)) code.write(templatesInRoot, at, 'latin1');
  await writeFile(program, code);
}

/** Debian's Prometheus looks for its pages where it would be installed. */
async function writeDebianWrappers(target: string, final: string): Promise<void> {
  const root = join(final, 'root');
  const pages = `--web.local-assets=${join(root, 'usr/share/prometheus/web')}`;
  await writeWrappers(
    join(target, 'bin'),
    programs.map((name) => ({
      name,
      program: name === 'alertmanager' ? join(root, alertmanager) : join(root, 'usr/bin', name),
      libraryFolders: [],
      options: name === 'prometheus' ? [pages] : [],
      ...(name === 'alertmanager' && { folder: root }),
    })),
  );
}

async function goodProgramsInPath(): Promise<string[] | undefined> {
  const found = await programsInPath(programs);
  if (found === undefined) return undefined;
  const [prometheus, , alertmanager] = found;
  const good =
    (await isAtLeast(prometheus, oldest.prometheus)) && (await isAtLeast(alertmanager, oldest.alertmanager));
  return good ? found : undefined;
}

async function isAtLeast(
  program: string | undefined,
  [wantedMajor, wantedMinor]: readonly [number, number],
): Promise<boolean> {
  if (program === undefined) return false;
  const { all } = await execa(program, ['--version'], { all: true, reject: false, timeout: 10_000 });
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(all) ?? [];
  if (major === undefined) return false;
  return Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
}
