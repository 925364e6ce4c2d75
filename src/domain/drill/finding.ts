import { redactSecrets } from '../redact.js';
import { MAX_EVIDENCE, MAX_EVIDENCE_LENGTH, type Evidence, type RungFinding } from './rung.js';

/** What a rung has to say; its lines may still be too many. */
export type RungDraft = Partial<Omit<RungFinding, 'outcome' | 'summary' | 'moreEvidence'>> &
  Pick<RungFinding, 'outcome' | 'summary'>;

/** A line for people: without secrets and control characters, at most `MAX_EVIDENCE_LENGTH` long. */
export function evidence(text: string, source?: string): Evidence {
  const line = { text: boundedText(text) };
  return source === undefined ? line : { ...line, source: boundedText(source) };
}

/** Keeps the first `MAX_EVIDENCE` lines of evidence and of warnings, and counts the evidence left out. */
export function finding(draft: RungDraft): RungFinding {
  const lines = draft.evidence ?? [];
  const left = lines.length - MAX_EVIDENCE;
  return {
    ...draft,
    summary: boundedText(draft.summary),
    evidence: lines.slice(0, MAX_EVIDENCE),
    ...(left > 0 && { moreEvidence: left }),
    ...(draft.warnings && { warnings: draft.warnings.slice(0, MAX_EVIDENCE) }),
  };
}

/** Cut before it is searched for secrets: a line of megabytes costs nothing; and again after, for it may have grown. */
function boundedText(text: string): string {
  const clean = redactSecrets(visible(text.slice(0, 4 * MAX_EVIDENCE_LENGTH)));
  return clean.length <= MAX_EVIDENCE_LENGTH ? clean : `${clean.slice(0, MAX_EVIDENCE_LENGTH - 1)}…`;
}

/** Control characters and text that runs backwards would let a hostile name write over the line it stands in. */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
