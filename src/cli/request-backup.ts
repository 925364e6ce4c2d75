import { backupWorkflowId } from '../domain/names.js';
import { decideRequest } from '../domain/retry/decide-request.js';
import type { SeenBackup } from '../domain/retry/decide.js';
import type { PersonRequest } from '../domain/retry/request.js';
import { clusterUidOf } from '../kubernetes/cluster-identity.js';
import type { BackupName } from './backup-name.js';
import { seeBackup } from './backups/read-backup.js';
import { waitForBackup, type BackupVerdict } from './backups/wait-for-backup.js';
import { CliFailure } from './cli-failure.js';
import type { CliDependencies } from './dependencies.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { requireCluster } from './kubernetes-access.js';
import { factList } from './render/fact-list.js';
import { webUiLink } from './web-ui-link.js';
import { whoAsks } from './who-asks.js';

/** What all commands of this family can be given. */
export interface RequestOptions {
  readonly note?: string;
  readonly dryRun?: boolean;
  readonly output: 'table' | 'json';
}

export interface PersonalRequest extends RequestOptions {
  readonly backup: BackupName;
  readonly request: PersonRequest;
  /** The update's argument, without who asks and why. */
  readonly argument: object;
  /** Milliseconds to wait for the end of the incident; absent = not at all. */
  readonly waitMs?: number;
}

interface RequestFacts {
  readonly workflowId: string;
  readonly summary: string;
  readonly at?: string;
  readonly runId?: string;
  readonly webUi?: string;
  readonly deletedPods?: readonly string[];
  readonly verdict?: BackupVerdict;
}

/**
 * Asks the workflow of one Backup for something, or says what it would answer.
 * @throws CliFailure (6) no such Backup, (7) refused with the way out, (5) no worker answered; ApiFailure
 */
export async function requestBackup(question: PersonalRequest, deps: CliDependencies): Promise<ExitCode> {
  const { settings, output } = deps;
  const access = await deps.kubernetes();
  const seen = await seeBackup(access, { name: question.backup, settings, nowMs: deps.now() });
  const { namespace, name, uid } = seen.backup.metadata;
  if (question.dryRun === true) {
    const facts = {
      workflowId: backupWorkflowId({ namespace, name, uid }),
      summary: foretell(seen, question),
    };
    print(deps, question, facts);
    output.say('dry run: nothing was asked for');
    return EXIT.done;
  }
  const input = {
    cluster: requireCluster(access),
    clusterUid: await clusterUidOf(access.api),
    namespace,
    name,
    uid,
  };
  const temporal = await deps.temporal();
  const { request, note } = question;
  const { answer, ...run } = await temporal.request({
    input,
    taskQueue: settings.taskQueue,
    update: request.kind,
    argument: { ...question.argument, by: whoAsks(), ...(note !== undefined && { note }) },
  });
  const webUi = webUiLink(run, { temporalUi: settings.temporalUi, namespace: temporal.namespace });
  const facts: RequestFacts = { ...run, ...answer, ...(webUi !== undefined && { webUi }) };
  const { waitMs } = question;
  if (question.output === 'table' || waitMs === undefined) print(deps, question, facts);
  if (waitMs === undefined) return EXIT.done;
  const verdict = await waitForBackup(deps, { temporal, run, name: question.backup, uid, timeoutMs: waitMs });
  output.say(`${verdict.outcome}: ${verdict.summary}`);
  if (question.output === 'json') print(deps, question, { ...facts, verdict });
  return verdict.exitCode;
}

/** What the worker would answer to what is seen now. */
function foretell(seen: SeenBackup, { request }: PersonalRequest): string {
  const decision = decideRequest(seen, request);
  if (decision.kind !== 'Refuse') return decision.summary;
  throw new CliFailure(decision.reason, { exitCode: EXIT.refused });
}

function print({ output }: CliDependencies, question: PersonalRequest, facts: RequestFacts): void {
  if (question.output === 'json') {
    output.data(JSON.stringify(facts, undefined, 2));
    return;
  }
  const { workflowId, runId, webUi, summary, at, deletedPods } = facts;
  const lines = [
    { name: 'ANSWER', text: summary },
    { name: 'AT', text: at },
    { name: 'DELETED PODS', text: deletedPods?.join(', ') },
    { name: 'WORKFLOW ID', text: workflowId },
    { name: 'RUN', text: runId },
    { name: 'WEB UI', text: webUi },
  ];
  output.data(factList(lines, { colour: output.colour }));
}
