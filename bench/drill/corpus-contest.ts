import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildCorpus, type CorpusAnswer } from '../../dev/fault-corpus/build-corpus.js';
import type { PublishedCase } from '../../dev/fault-corpus/corpus-case.js';
import { CORPUS_BUCKET, openCorpusHost } from '../../dev/fault-corpus/corpus-host.js';
import { drillCase, isRight } from '../../dev/fault-corpus/drill-case.js';
import { startObjectStore } from '../../dev/object-store/start-object-store.js';
import type { DrillVerdict } from '../../src/domain/drill/verdict.js';
import type { BenchmarkOptions, BenchmarkOutcome } from '../benchmark.js';
import { markdownTable } from '../markdown-table.js';
import { BARE_PROCEDURES, runBareProcedure, type BareProcedure } from './bare-procedures.js';

type Contestant = 'drill' | BareProcedure;
const CONTESTANTS: readonly Contestant[] = ['drill', ...BARE_PROCEDURES];

interface Judged {
  readonly item: PublishedCase;
  readonly answer: CorpusAnswer;
  readonly verdicts: Readonly<Record<Contestant, DrillVerdict>>;
  /** Of the drill: verdict and rung. */
  readonly isDrillRight: boolean;
}

/** The whole fault corpus, judged by a drill, by the usual runbook and by a careful bare script. */
export async function contestOverCorpus({ group, say }: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const store = await startObjectStore(group, { buckets: [CORPUS_BUCKET], progress: say });
  const seed = randomInt(1_000_000);
  const client = store.admin;
  const corpus = await buildCorpus(group, { client, bucket: CORPUS_BUCKET, seed, progress: say });
  const host = await openCorpusHost(group, store);
  const judged: Judged[] = [];
  for (const item of corpus.cases) {
    const answer = corpus.answers.find(({ id }) => id === item.id);
    if (answer === undefined) throw new Error(`no answer to ${item.id}`);
    const report = await drillCase(host, item);
    const bare = async (name: BareProcedure) => {
      const folder = join(group.folder, 'bare');
      const { verdict, said } = await runBareProcedure(name, { client, bucket: CORPUS_BUCKET, item, folder });
      await rm(folder, { recursive: true });
      say(`${item.id}: ${name}: ${verdict}: ${said}`);
      return verdict;
    };
    const verdicts = {
      drill: report.verdict,
      'usual runbook': await bare('usual runbook'),
      'careful script': await bare('careful script'),
    };
    judged.push({ item, answer, verdicts, isDrillRight: isRight(report, answer) });
  }
  const wrong = judged.filter(({ isDrillRight }) => !isDrillRight);
  return {
    report: [
      `Fault corpus with seed ${seed}: ${judged.length} backups.`,
      scoreTable(judged),
      'Of these the plain directories, the only layout that the commands of the runbook can read:',
      scoreTable(judged.filter(({ item }) => item.layout === 'directory' && item.compression === 'none')),
      caseTable(judged),
    ].join('\n\n'),
    anomalies: wrong.map(({ answer, verdicts }) => `${answer.name}: the drill says ${verdicts.drill}`),
  };
}

function scoreTable(judged: readonly Judged[]): string {
  const bad = judged.filter(({ answer }) => answer.verdict === 'fail').length;
  const good = judged.filter(({ answer }) => answer.verdict === 'pass').length;
  const rows = CONTESTANTS.map((contestant) => {
    const of = (expected: DrillVerdict, said: DrillVerdict) =>
      judged.filter(({ answer, verdicts }) => answer.verdict === expected && verdicts[contestant] === said)
        .length;
    const right = judged.filter(({ answer, verdicts }) => answer.verdict === verdicts[contestant]).length;
    const passed = of('fail', 'pass');
    return [
      contestant,
      `${right} of ${judged.length}`,
      `${passed} of ${bad}`,
      `${of('pass', 'fail')} of ${good}`,
    ];
  });
  return markdownTable(['who', 'right verdicts', 'bad backups passed', 'good backups failed'], rows);
}

function caseTable(judged: readonly Judged[]): string {
  const rows = judged
    .toSorted((a, b) => a.answer.verdict.localeCompare(b.answer.verdict))
    .map(({ item, answer, verdicts }) => [
      answer.name,
      `${item.layout}${item.compression === 'none' ? '' : `, ${item.compression}`}`,
      answer.verdict,
      ...CONTESTANTS.map((name) => (verdicts[name] === answer.verdict ? '' : verdicts[name])),
    ]);
  return markdownTable(['backup', 'layout', 'expected', ...CONTESTANTS.map((name) => `${name} says`)], rows);
}
