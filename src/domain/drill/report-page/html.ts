import { visible } from '../finding.js';

/** Markup that is safe to put into a page: only `html` makes it. */
export interface Html {
  readonly markup: string;
}

type Part = string | number | Html | undefined | readonly Part[];

/**
 * A template in which every value is text unless `html` made it: names and log lines come from a bucket that anyone may
 * have written to. Control characters are shown, lists are joined, `undefined` is nothing.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = strings.reduce((page, text, index) => page + markupOf(parts[index - 1]) + text);
  return { markup };
}

/** A constant of ours that is markup already, the style sheet for example. Never for a value of a report. */
export function trusted(markup: string): Html {
  return { markup };
}

function markupOf(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escaped(part);
  return 'markup' in part ? part.markup : part.map(markupOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
