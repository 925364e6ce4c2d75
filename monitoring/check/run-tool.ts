import { execa } from 'execa';

/** What a checking tool complains about; nothing where it is content. */
export async function complaintsOf(program: string, args: readonly string[]): Promise<string[]> {
  const { exitCode, all } = await execa(program, args, { all: true, reject: false, timeout: 300_000 });
  return exitCode === 0 ? [] : [all];
}
