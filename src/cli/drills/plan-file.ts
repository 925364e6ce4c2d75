import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { DrillPlan } from '../../domain/drill/drill-plan.js';
import { CliFailure } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import { readPlans } from './read-plans.js';

/** @param file `-` is stdin @throws CliFailure (2) with every problem, by line and field */
export async function plansInFile(file: string): Promise<readonly DrillPlan[]> {
  const { plans, problems } = readPlans(await contentOf(file), file);
  if (problems.length === 0 && plans.length > 0) return plans;
  const lines = problems.length === 0 ? [`${file}: it holds no plan`] : problems;
  throw new CliFailure(`the plans cannot be used:\n  ${lines.join('\n  ')}`, { exitCode: EXIT.usage });
}

async function contentOf(file: string): Promise<string> {
  try {
    return await (file === '-' ? text(process.stdin) : readFile(file, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliFailure(`${file} cannot be read: ${reason}`, { exitCode: EXIT.usage, cause });
  }
}
