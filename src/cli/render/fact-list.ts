import { paint, type Tone } from './tones.js';

/** One line `NAME   text`; without text it is left out. */
export interface Fact {
  readonly name: string;
  readonly text: string | undefined;
  readonly tone?: Tone | undefined;
}

/** Names on the left, in one column. */
export function factList(facts: readonly Fact[], { colour }: { colour: boolean }): string {
  const given = facts.filter(({ text }) => text !== undefined && text !== '');
  const width = Math.max(0, ...given.map(({ name }) => name.length));
  return given
    .map(({ name, text = '', tone }) => `${name.padEnd(width)}   ${paint(text, { tone, colour })}`)
    .join('\n');
}
