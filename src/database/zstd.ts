import { execa } from 'execa';
import { programEnvironment } from './program-mark.js';

/** zstd cannot decompress it: not zstd's, damaged, or cut. */
export class DecompressionFailed extends Error {
  override readonly name = 'DecompressionFailed';
}

/** The program is not on this host's PATH, or may not be run. */
export class ProgramMissing extends Error {
  override readonly name = 'ProgramMissing';
}

const MAX_ERROR_BYTES = 4_096;
/** Nothing has been decompressed for so long: the program hangs. */
const SILENCE_MS = 5 * 60_000;

/**
 * The content of a `.zst` file, by the program `zstd` (Node.js 20 has none of its own). It ends when the reader does,
 * so that whoever counts the bytes can stop one that expands without end.
 * @param options.folderRoot root of the work folder: marks the program
 * @throws DecompressionFailed, ProgramMissing, the signal's reason
 */
export async function* decompressZstd(options: {
  readonly file: string;
  readonly folderRoot: string;
  readonly signal: AbortSignal;
}): AsyncGenerator<Buffer> {
  const { file, folderRoot, signal } = options;
  signal.throwIfAborted();
  const child = execa('zstd', ['--decompress', '--stdout', '--quiet', '--', file], {
    env: programEnvironment(folderRoot),
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    cleanup: false,
  });
  const kill = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const silence = setTimeout(kill, SILENCE_MS);
  let error = '';
  child.stderr.on('data', (text: Buffer) => (error = `${error}${text.toString()}`.slice(0, MAX_ERROR_BYTES)));
  try {
    for await (const piece of child.stdout) {
      if (!Buffer.isBuffer(piece)) throw new Error('the output of a program is read as buffers');
      yield piece;
      silence.refresh();
    }
    const { exitCode, code, signal: ended } = await child;
    signal.throwIfAborted();
    if (code === 'ENOENT' || code === 'EACCES')
      throw new ProgramMissing('zstd is not on the PATH of this host');
    if (exitCode !== 0) {
      throw new DecompressionFailed(`zstd ended with ${exitCode ?? ended ?? 'an error'}: ${error.trim()}`);
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', kill);
    kill();
    await child;
  }
}
