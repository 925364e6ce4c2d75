import type { Tone } from './tones.js';
import { paint } from './tones.js';

/** What stands in one column of one row. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

/** Columns two or more blanks apart, as kubectl prints them; a tone colours the text, never the blanks. */
export function textTable(
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
  { colour }: { colour: boolean },
): string {
  const lines = [headers.map((text): Cell => ({ text })), ...rows];
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => line[column]?.text.length ?? 0)));
  return lines.map((line) => tableLine(line, { widths, colour })).join('\n');
}

function tableLine(
  line: readonly Cell[],
  { widths, colour }: { widths: readonly number[]; colour: boolean },
): string {
  return line
    .map(({ text, tone }, column) => {
      const blanks = column === line.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - text.length + 3);
      return paint(text, { tone, colour }) + blanks;
    })
    .join('');
}
