import { freemem } from 'node:os';
import { parseGoDuration } from '../../domain/go-duration.js';
import { hostSignIn } from '../../domain/drill/host-signs.js';
import { runTool, type ToolResult, type ToolRun } from '../../database/run-tool.js';
import { toolkitFor, type Toolkit } from '../../database/toolkit.js';
import { Unprovable } from './conclude.js';
import type { DrillSession } from './drill-session.js';

const MIN_MEMORY_BYTES = 64 * 1024 * 1024;
const MAX_MEMORY_SHARE = 0.25;

export function toolkitOf({ facts }: Pick<DrillSession, 'facts'>): Toolkit {
  return toolkitFor(facts.tool ?? 'mariadb-backup');
}

export function toolTimeoutMs({ plan }: Pick<DrillSession, 'plan'>): number {
  const milliseconds = parseGoDuration(plan.limits.toolTimeout);
  if (milliseconds === undefined) throw new Error(`toolTimeout ${plan.limits.toolTimeout} is no duration`);
  return milliseconds;
}

/** What the work wants, but no more than a quarter of what the machine, or the container, has free. */
export function memoryFor(wantedBytes: number): number {
  const limit = process.constrainedMemory();
  const free = limit > 0 ? Math.min(freemem(), limit) : freemem();
  return Math.floor(Math.max(MIN_MEMORY_BYTES, Math.min(wantedBytes, MAX_MEMORY_SHARE * free)));
}

/**
 * Runs a tool of the drill.
 * @throws Unprovable where the tool is not there, where its time is over, or where the host kept it from working
 */
export async function runDrillTool(
  session: DrillSession,
  tool: Pick<ToolRun, 'program' | 'args' | 'logName' | 'cwd' | 'env'>,
): Promise<ToolResult> {
  const { folder, signal } = session;
  const timeoutMs = toolTimeoutMs(session);
  const result = await runTool({ ...tool, folder, signal, timeoutMs });
  if (result.missing)
    throw new Unprovable('tool-missing', `there is no program ${tool.program} on this host`);
  if (result.timedOut) {
    throw new Unprovable(
      'tool-timeout',
      `${tool.program} did not end within ${session.plan.limits.toolTimeout}`,
    );
  }
  if (result.signal === 'SIGKILL') {
    throw new Unprovable('memory', `${tool.program} was killed by SIGKILL, as a host out of memory does`);
  }
  return result;
}

/** @throws Unprovable where a program that failed says that the host, the keys or the versions are the reason */
export function blameHost(program: string, output: string): void {
  const sign = hostSignIn(output);
  if (sign !== undefined) throw new Unprovable(sign.cause, `${program}: ${sign.line}`);
}
