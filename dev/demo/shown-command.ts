import type { Screen } from './screen.js';

/** Prints a command as a person would type it, and what it printed. */
export function showCommand(screen: Screen, { command, output }: { command: string; output: string }): void {
  screen.line();
  screen.line(screen.paint('bold', `$ ${command}`));
  for (const line of output.trimEnd().split('\n')) screen.line(line);
}

/** The part of `kubectl describe` from its line `Events:` on. */
export function eventsPart(description: string): string {
  const from = description.search(/^Events:/m);
  return from < 0 ? '(no Events)' : description.slice(from);
}
