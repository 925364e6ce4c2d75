import { randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { markdownTable } from '../../bench/markdown-table.js';
import { buildCorpus, type Corpus, type CorpusAnswer } from '../../dev/fault-corpus/build-corpus.js';
import { corpusCases, drawnCases } from '../../dev/fault-corpus/corpus-cases.js';
import { CORPUS_BUCKET, openCorpusHost } from '../../dev/fault-corpus/corpus-host.js';
import { drillCase, isRight } from '../../dev/fault-corpus/drill-case.js';
import { startObjectStore } from '../../dev/object-store/start-object-store.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import type { DrillReport } from '../../src/domain/drill/drill-report.js';

/** Repeats a run. */
const SEED_VARIABLE = 'HOLDFAST_CORPUS_SEED';
/** `all`: every case; else some of each class, drawn from the seed. */
const CASES_VARIABLE = 'HOLDFAST_CORPUS_CASES';

interface Drilled {
  readonly answer: CorpusAnswer;
  readonly report: DrillReport;
}

let group: ProcessGroup;
let workDir: string;
const drilled: Drilled[] = [];
beforeAll(async () => {
  group = await createProcessGroup();
  const seed = seedOf(process.env[SEED_VARIABLE]);
  say(`${SEED_VARIABLE}=${seed}`);
  const cases = process.env[CASES_VARIABLE] === 'all' ? corpusCases : drawnCases(seed);
  const store = await startObjectStore(group, { buckets: [CORPUS_BUCKET] });
  const corpus = await buildCorpus(group, { client: store.admin, bucket: CORPUS_BUCKET, seed, cases });
  const host = await openCorpusHost(group, store);
  ({ workDir } = host);
  for (const item of corpus.cases) {
    drilled.push({ answer: answerTo(corpus, item.id), report: await drillCase(host, item) });
  }
  say(tableOf(drilled));
}, 3_600_000);
afterAll(() => group?.stop());

function seedOf(text: string | undefined): number {
  if (text === undefined || text === '') return randomInt(1_000_000);
  if (!/^\d+$/.test(text)) throw new Error(`${SEED_VARIABLE}=${text} is not a whole number`);
  return Number(text);
}

function answerTo({ answers }: Corpus, id: string): CorpusAnswer {
  const answer = answers.find((candidate) => candidate.id === id);
  if (answer === undefined) throw new Error(`no answer to ${id}`);
  return answer;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function tableOf(rows: readonly Drilled[]): string {
  return markdownTable(
    ['case', 'done', 'verdict', 'rung', 'cause', 'right', 'seconds'],
    rows.map(({ answer, report }) => [
      answer.name,
      answer.done,
      report.verdict,
      report.rung ?? '',
      report.rootCause ?? '',
      isRight(report, answer) ? 'yes' : 'NO',
      ((report.finishedMs - report.startedMs) / 1_000).toFixed(1),
    ]),
  );
}

/** Case, expectation and what was said instead: readable where a test fails. */
const shown = ({ answer, report }: Drilled) => ({
  case: `${answer.name} [${answer.done}]`,
  expected: `${answer.verdict} at ${answer.rungs.join(' or ')}`,
  said: `${report.verdict} at ${report.rung ?? ''}: ${report.summary}`,
  evidence: report.evidence.slice(0, 5),
});
const those = (isMeant: (row: Drilled) => boolean) => drilled.filter(isMeant).map(shown);

describe('the drill of a corpus of real backups with one fault each', () => {
  test('passes no bad backup', () => {
    expect(those(({ answer, report }) => answer.verdict !== 'pass' && report.verdict === 'pass')).toEqual([]);
  });

  test('fails no good backup', () => {
    expect(those(({ answer, report }) => answer.verdict === 'pass' && report.verdict !== 'pass')).toEqual([]);
  });

  test('gives the verdict of each at a rung that may see it first', () => {
    expect(drilled.length).toBeGreaterThanOrEqual(20);
    expect(those(({ answer, report }) => !isRight(report, answer))).toEqual([]);
  });

  test('has evidence and a cause for each that did not pass', () => {
    const bare = ({ report }: Drilled) =>
      report.verdict !== 'pass' && (report.evidence.length === 0 || report.rootCause === undefined);
    expect(those(bare)).toEqual([]);
  });

  test('leaves nothing behind', async () => {
    expect(await readdir(workDir)).toEqual(['host-id']);
  });
});
