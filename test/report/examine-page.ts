import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { headlessBrowser } from '../../dev/binaries/headless-browser.js';
import { probe } from './page-probe.js';

export type ColorScheme = 'light' | 'dark';

const Seen = z.object({
  title: z.string(),
  background: z.string(),
  verdict: z.string(),
  sentence: z.string(),
  ladder: z.array(
    z.object({
      rung: z.string(),
      outcome: z.string(),
      /** Of evidence and warnings, without opening anything. */
      visibleLines: z.array(z.string()),
      allLines: z.array(z.string()),
    }),
  ),
  targets: z.array(z.array(z.string())),
  points: z.array(z.string()),
  nextStep: z.string().nullable(),
  warnings: z.array(z.string()),
  /** Elements and attributes that run or load something. */
  active: z.array(z.string()),
  requests: z.array(z.string()),
  /** Of the content; more than `width` scrolls sideways. */
  contentWidth: z.number(),
  width: z.number(),
  /** Texts below 4.5 : 1, everything unfolded. */
  faint: z.array(z.string()),
});
export type Seen = z.output<typeof Seen>;

/** Opens a page in a browser as wide as a phone and as a desk screen; answers what a person would see in each. */
export async function examinePage(
  page: string,
  { scheme, widths = [360, 1000] }: { scheme: ColorScheme; widths?: readonly number[] },
): Promise<Seen[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-page-'));
  try {
    await writeFile(join(folder, 'frames.html'), framesAround(page, widths));
    const dom = await domOf(join(folder, 'frames.html'), { scheme, profile: join(folder, 'profile') });
    const found = /<pre id="seen">([^<]+)<\/pre>/.exec(dom)?.[1];
    if (found === undefined) throw new Error(`the page was not examined: ${dom.slice(-2_000)}`);
    return z.array(Seen).parse(JSON.parse(decodeURIComponent(found)));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function domOf(
  file: string,
  { scheme, profile }: { scheme: ColorScheme; profile: string },
): Promise<string> {
  const { program, env } = await headlessBrowser();
  const args = [
    // Chromium's own sandbox does not run as root, and the pages are ours.
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    `--user-data-dir=${profile}`,
    `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`,
    '--window-size=1400,900',
    '--virtual-time-budget=10000',
    '--dump-dom',
    `file://${file}`,
  ];
  const { stdout } = await execa(program, args, { env, timeout: 60_000, forceKillAfterDelay: 2_000 });
  return stdout;
}

/** The page's own policy holds in its frame; the script that looks at it is outside. */
function framesAround(page: string, widths: readonly number[]): string {
  const source = page.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const frames = widths.map((width) => `<iframe width="${width}" height="800" srcdoc="${source}"></iframe>`);
  return [
    '<!doctype html><meta charset="utf-8"><style>iframe { border: 0; color-scheme: normal }</style>',
    ...frames,
    '<pre id="seen"></pre>',
    `<script>const probe = ${probe};`,
    `addEventListener('load', () => {`,
    `  const seen = [...document.querySelectorAll('iframe')].map((frame) => probe(frame.contentWindow));`,
    `  document.getElementById('seen').textContent = encodeURIComponent(JSON.stringify(seen));`,
    '});</script>',
  ].join('\n');
}
