/** How a line is to be felt. */
export type Tone = 'plain' | 'quiet' | 'good' | 'bad' | 'waiting';

/** Something that changed from one version of an object to the next. */
export interface News {
  readonly tone: Tone;
  readonly text: string;
}

/** Reasons can be long; `kubectl describe` shows all of them. */
const MAX_REASON_LENGTH = 100;

export function shortReason(text: string): string {
  return text.length <= MAX_REASON_LENGTH ? text : `${text.slice(0, MAX_REASON_LENGTH - 1).trimEnd()}…`;
}
