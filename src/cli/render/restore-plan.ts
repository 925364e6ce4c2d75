import { z } from 'zod';
import type { PlanCheck, RestorePlan } from '../restores/restore-plan.js';
import { factList } from './fact-list.js';
import { oneLine } from './one-line.js';
import { textTable } from './text-table.js';
import type { Tone } from './tones.js';

const JobShape = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        containers: z.array(z.looseObject({ image: z.string(), args: z.array(z.string()) })),
      }),
    }),
  }),
});

const TONE: Readonly<Record<PlanCheck['verdict'], Tone>> = { ok: 'good', warn: 'warning', fail: 'bad' };

export function renderRestorePlan(plan: RestorePlan, { colour }: { colour: boolean }): string {
  const { gatePolicy } = plan;
  const facts = [
    { name: 'RESTORE', text: plan.restore },
    {
      name: 'GATE POLICY',
      text:
        gatePolicy &&
        `mismatch: ${gatePolicy.mismatch}, timeout: ${gatePolicy.timeout}, partial: ${gatePolicy.partial}`,
    },
    { name: 'NEXT ACTION', text: oneLine(plan.nextAction) },
  ];
  const checks = plan.checks.map(({ name, verdict, found }) => [
    { text: verdict, tone: TONE[verdict] },
    { text: name },
    { text: oneLine(found) },
  ]);
  return [
    factList(facts, { colour }),
    '',
    textTable(['', 'CHECK', 'FOUND'], checks, { colour }),
    ...(plan.jobs.length === 0 ? [] : ['', 'JOBS']),
    ...plan.jobs.flatMap(({ job }) => jobLines(job)),
  ].join('\n');
}

function jobLines(job: object): string[] {
  const { metadata, spec } = JobShape.parse(job);
  return spec.template.spec.containers.flatMap(({ image, args }) => [
    `  ${metadata.name} (${image})`,
    ...args.map((argument) => `    ${argument}`),
  ]);
}
