#!/usr/bin/env node
// A stand-in for BR, TiDB's backup tool, for development only: it takes BR's command lines, prints what BR v8
// prints and exits as BR exits, but moves no data. What it does is scripted by the environment variable
// HOLDFAST_BR_STAND_IN, JSON {"br": <outcome>, "brSeconds": <duration>}; without it, every command succeeds at once.
// Outcomes stand in outcomes.mjs; `ok` succeeds, `hang` and `oom` wait for a signal, `crash` dies half-way, the others
// fail half-way with BR's own words. It knows log start|stop|pause|resume|truncate|status, backup full|db|table,
// restore full|db|table|point (either half of a replication restore too) and abort restore.
import { UsageError, parseArguments } from './arguments.mjs';
import { operationFor } from './operations.mjs';
import { failureFor, outcomeNames, refuses } from './outcomes.mjs';
import { errorLine, logLine, warnLine } from './tidb-log.mjs';

const NOTICE = 'This is a stand-in for BR, for development only: it moves no data.';
const SCRIPT_VARIABLE = 'HOLDFAST_BR_STAND_IN';

function readScript() {
  const text = process.env[SCRIPT_VARIABLE];
  if (text === undefined || text === '') return { br: 'ok', brSeconds: 0 };
  let script;
  try {
    script = JSON.parse(text);
  } catch (failure) {
    throw new UsageError(`${SCRIPT_VARIABLE} is not JSON: ${failure.message}`);
  }
  const { br = 'ok', brSeconds = 0 } = script;
  if (!outcomeNames.includes(br)) {
    throw new UsageError(`${SCRIPT_VARIABLE}: unknown outcome "${br}", known are ${outcomeNames.join(', ')}`);
  }
  if (typeof brSeconds !== 'number' || !(brSeconds >= 0)) {
    throw new UsageError(
      `${SCRIPT_VARIABLE}: brSeconds must be a number of seconds, got ${JSON.stringify(brSeconds)}`,
    );
  }
  return { br, brSeconds };
}

/** BR stops what it does, says so and fails; a SIGTERM that found nothing running would look the same. */
function failOnSignals(nameSummary) {
  const stop = (signal) => {
    process.stdout.write(`\nGot signal [${signal === 'SIGTERM' ? 'terminated' : 'interrupt'}] to exit.\n`);
    print(warnLine('main.go:24', 'received signal to exit', { signal }));
    process.stderr.write('gracefully shutting down, press ^C again to force exit\n');
    fail(nameSummary(), 'context canceled');
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}

/** As cobra and BR's main do: the summary, `Error: …` on stderr, the same as a log line, exit code 1. */
function fail(summaryName, message) {
  const counts = { 'total-ranges': 0, 'ranges-succeed': 0, 'ranges-failed': 0 };
  if (summaryName !== undefined) print(logLine('collector.go:77', `${summaryName} failed summary`, counts));
  process.stderr.write(`Error: ${message}\n`);
  print(errorLine('main.go:38', 'br failed', { error: message, errorVerbose: message }));
  process.exit(1);
}

function waitForSignal() {
  return new Promise(() => setInterval(() => undefined, 60_000));
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function play(operation, { br, brSeconds }) {
  const steps = 4;
  for (const line of operation.starting()) print(line);
  for (let step = 1; step <= steps; step += 1) {
    await sleep((brSeconds * 1000) / steps);
    // A failing run breaks off half-way, as real ones do.
    if (refuses(br, operation) && step > steps / 2) break;
    for (const line of operation.progress(step / steps)) print(line);
  }
  if (br === 'hang' || br === 'oom') {
    print(
      warnLine('stand_in.go:1', br === 'oom' ? 'memory usage grows without limit' : 'no progress', {
        mode: br,
      }),
    );
    await waitForSignal();
  }
  if (br === 'crash') {
    process.kill(process.pid, 'SIGKILL');
    await waitForSignal();
  }
  if (!refuses(br, operation)) for (const line of operation.succeeded()) print(line);
  else fail(operation.summaryName, failureFor(br, operation));
}

async function main() {
  let operation;
  let script;
  // Before the first output: whoever has seen that may send a signal.
  failOnSignals(() => operation?.summaryName);
  process.stdout.write(`${NOTICE}\n`);
  try {
    operation = operationFor(parseArguments(process.argv.slice(2)));
    script = readScript();
  } catch (failure) {
    if (failure instanceof UsageError) fail(undefined, failure.message);
    throw failure;
  }
  await play(operation, script);
}

await main();
