/** What a word means to the reader; colours only underline it. */
export type Tone = 'good' | 'warning' | 'bad' | 'faint';

const SGR: Readonly<Record<Tone, number>> = { good: 32, warning: 33, bad: 31, faint: 2 };

export function paint(text: string, { tone, colour }: { tone: Tone | undefined; colour: boolean }): string {
  return tone === undefined || !colour ? text : `\u001b[${SGR[tone]}m${text}\u001b[0m`;
}

/** How a phase of a Backup, of a Job or of an incident looks. */
export function toneOfPhase(phase: string): Tone | undefined {
  switch (phase) {
    case 'Failed':
    case 'Invalid':
    case 'invalid':
    case 'failed':
      return 'bad';
    case 'RetryFailed':
    case 'Blocked':
    case 'Waiting':
      return 'warning';
    case 'Running':
    case 'Complete':
    case 'complete':
    case 'Succeeded':
      return 'good';
    default:
      return undefined;
  }
}
