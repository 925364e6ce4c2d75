import { execa } from 'execa';

/** Tests run the built programs, as people do: build once, so that none of them tests yesterday's code. */
export async function setup(): Promise<void> {
  await execa('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
