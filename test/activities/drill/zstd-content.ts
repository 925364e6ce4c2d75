import { execa } from 'execa';

/** As the program `zstd` compresses it. */
export async function zstdFile(content: string | Buffer): Promise<Buffer> {
  const { stdout } = await execa('zstd', ['-q', '-1', '--stdout'], {
    input: Buffer.from(content),
    encoding: 'buffer',
  });
  return Buffer.from(stdout);
}
