import { createHash } from 'node:crypto';
import { access, constants, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Progress } from './binary-sources.js';
import { ensureCachedFolder } from './cached-folder.js';
import { unpackDebianPackages } from './debian-packages.js';

/** Run `program` with `env`; it takes Chromium's options. */
export interface HeadlessBrowser {
  program: string;
  env: Readonly<Record<string, string>>;
}

/** Not Chromium itself: its windows are never narrower than 500 pixels, without a screen, too. */
const shell = 'chromium-headless-shell';

/** Debian 12: the browser, the libraries that a machine without a desktop lacks, and a font. 110 MB to download. */
const packages = (
  'chromium-headless-shell chromium-common fonts-dejavu-core fontconfig-config ' +
  'libasound2 libasyncns0 libatk1.0-0 libatspi2.0-0 libblkid1 libbrotli1 libbsd0 libcap2 libdav1d6 libdbus-1-3 ' +
  'libdouble-conversion3 libdrm2 libexpat1 libffi8 libflac12 libfontconfig1 libfreetype6 libgbm1 libgcrypt20 ' +
  'libglib2.0-0 libgpg-error0 libgraphite2-3 libharfbuzz-subset0 libharfbuzz0b libjpeg62-turbo liblcms2-2 liblz4-1 ' +
  'liblzma5 libmd0 libminizip1 libmount1 libmp3lame0 libmpg123-0 libnspr4 libnss3 libogg0 libopenh264-7 ' +
  'libopenjp2-7 libopus0 libpcre2-8-0 libpng16-16 libpulse0 libselinux1 libsndfile1 libsystemd0 libudev1 ' +
  'libvorbis0a libvorbisenc2 libwayland-server0 libx11-6 libx11-xcb1 libxau6 libxcb1 libxcomposite1 libxdamage1 ' +
  'libxdmcp6 libxext6 libxfixes3 libxi6 libxkbcommon0 libxnvctrl0 libxrandr2 libxrender1 libzstd1 zlib1g'
).split(' ');

/**
 * A browser without a screen: chromium-headless-shell of PATH, else Debian's, unpacked into our cache by any user.
 * @throws Error naming what was tried
 */
export async function headlessBrowser(options: { progress?: Progress } = {}): Promise<HeadlessBrowser> {
  const inPath = await programInPath();
  if (inPath !== undefined) return { program: inPath, env: {} };
  try {
    const folder = await ensureCachedFolder({
      name: `chromium/debian-${createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 12)}`,
      label: 'headless Chromium',
      progress: options.progress ?? (() => undefined),
      fill: async ({ target, final }, fetching) => {
        await unpackDebianPackages({ packages, target: join(target, 'root') }, fetching);
        await writeFile(join(target, 'fonts.conf'), fontConfiguration(final));
      },
    });
    return unpackedBrowser(folder);
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new Error(
      `cannot get headless Chromium. Tried:\n  - PATH: no ${shell}\n  - Debian packages: ${reason}`,
      { cause: failure },
    );
  }
}

function unpackedBrowser(folder: string): HeadlessBrowser {
  const root = join(folder, 'root');
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const usual = join(root, 'usr/lib', triplet);
  const libraries = [usual, join(usual, 'pulseaudio'), join(root, 'lib', triplet)];
  return {
    program: join(root, 'usr/lib/chromium', shell),
    env: { LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: join(folder, 'fonts.conf') },
  };
}

function fontConfiguration(folder: string): string {
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">',
    '<fontconfig>',
    `<dir>${join(folder, 'root/usr/share/fonts')}</dir>`,
    `<cachedir>${join(folder, 'font-cache')}</cachedir>`,
    '</fontconfig>',
    '',
  ].join('\n');
}

async function programInPath(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const path = join(folder, shell);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}
