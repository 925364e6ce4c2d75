import { fileURLToPath } from 'node:url';
import type { FailedAnswer } from './failed-answer.js';

export interface Recording {
  /** What was done to the servers. */
  readonly fault: string;
  readonly answer: FailedAnswer;
}

/** @param name without its ending */
export function recordingFile(name: string): string {
  return fileURLToPath(new URL(`api-failures/${name}.json`, import.meta.url));
}

export function recordingText({ fault, answer }: Recording): string {
  return `${JSON.stringify({ fault, ...answer }, undefined, 2)}\n`;
}
