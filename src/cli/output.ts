/** Data goes to stdout, for pipes; prose and progress go to stderr, for people. */
export interface Output {
  data(text: string): void;
  say(line: string): void;
  /** Whether `data` is seen by a person whose terminal shows colours. */
  readonly colour: boolean;
}

export function processOutput(environment: Readonly<Record<string, string | undefined>>): Output {
  const noColour = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return {
    data: (text) => process.stdout.write(`${text}\n`),
    say: (line) => process.stderr.write(`${line}\n`),
    colour: process.stdout.isTTY && !noColour,
  };
}
