// `npm run demo`: exit code 0 when everything went as expected, 1 when something differed or could not be started,
// 2 for arguments that cannot be used, 130 when interrupted. Nothing that it started is left, however it ends.
import { CommanderError } from 'commander';
import { createProcessGroup } from '../processes/process-group.js';
import { parseDemoArguments, type DemoArguments } from './demo-arguments.js';
import { whenInterrupted } from './interruption.js';
import { runDemo } from './run-demo.js';
import { createScreen } from './screen.js';
import { startStopwatch } from './stopwatch.js';

const screen = createScreen(process.stdout);
process.exit(await exitCodeOf(process.argv.slice(2)));

async function exitCodeOf(argv: readonly string[]): Promise<number> {
  try {
    return await demo(parseDemoArguments(argv));
  } catch (failure) {
    if (failure instanceof CommanderError) return failure.exitCode; // it has said what is wrong
    process.stderr.write(`${failure instanceof Error ? failure.message : String(failure)}\n`);
    return 1;
  }
}

async function demo(args: DemoArguments): Promise<number> {
  const stopwatch = startStopwatch(() => performance.now());
  const interruption = whenInterrupted();
  const closing = new AbortController();
  const signal = AbortSignal.any([interruption.signal, closing.signal]);
  const group = await createProcessGroup();
  try {
    const playing = runDemo({ ...args, group, screen, stopwatch, signal });
    const code = await Promise.race([playing.then((asExpected) => (asExpected ? 0 : 1)), interruption.code]);
    if (args.keep && !interruption.signal.aborted) await interruption.code;
    return code;
  } finally {
    closing.abort();
    screen.status('');
    screen.line();
    screen.line('stopping everything ...');
    await stopwatch.measure('stop', () => group.stop());
    screen.line(`stopped. It took: ${stopwatch.summary()}`);
  }
}
