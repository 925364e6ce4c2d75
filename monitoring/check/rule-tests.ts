import { parse } from 'yaml';
import { z } from 'zod';
import type { RuleValues } from '../values.js';
import { fillPlaceholders } from './placeholders.js';

const RuleTest = z.strictObject({
  /** `<AlertName> <what it does>`: the first word says which alert is looked at; any other word: all of them. */
  name: z.string(),
  /** Samples in promtool's notation, one in each interval. */
  series: z.record(z.string(), z.string()),
  /** At this time these alerts fire, each once: the labels of the alert without those that its rule adds. */
  firing: z.record(z.string(), z.array(z.string())),
});

const RuleTests = z.strictObject({ interval: z.string(), tests: z.array(RuleTest) });

export type RuleTest = z.infer<typeof RuleTest>;

/** One file of `monitoring/tests`, placeholders filled. */
export type RuleTests = z.infer<typeof RuleTests>;

/** @throws Error where a test is not written as `RuleTest` says, or asks for a value that is not there */
export function readRuleTests(yaml: string, values: RuleValues): RuleTests {
  // Everything is text: `0x60` is no hexadecimal number here.
  const parsed = RuleTests.safeParse(parse(fillPlaceholders(yaml, values), { schema: 'failsafe' }));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data;
}

/** The tests as promtool reads them. They look at what fires, not at its texts. */
export function promtoolTests(
  { interval, tests }: RuleTests,
  { rulesFile, alerts }: { rulesFile: string; alerts: ReadonlySet<string> },
): object {
  return {
    rule_files: [rulesFile],
    evaluation_interval: interval,
    tests: tests.map(({ name, series, firing }) => ({
      name,
      interval,
      input_series: Object.entries(series).map(([metric, values]) => ({ series: metric, values })),
      promql_expr_test: Object.entries(firing).map(([time, labels]) => ({
        expr: firingAlerts(name, alerts),
        eval_time: time,
        exp_samples: labels.map((own) => ({ labels: `{${own}}`, value: 1 })),
      })),
    })),
  };
}

/** The name of an alert, where the test is about one. */
export function alertOf({ name }: Pick<RuleTest, 'name'>): string {
  return name.split(' ')[0] ?? '';
}

function firingAlerts(name: string, alerts: ReadonlySet<string>): string {
  const alert = alertOf({ name });
  if (!alerts.has(alert)) return 'count by (alertname) (ALERTS{alertstate="firing"})';
  return `sum without (alertname, alertstate, severity, component, feature) (ALERTS{alertname="${alert}", alertstate="firing"})`;
}

/** What is written down nowhere else: each alert has the tests that it must have. */
export function missingTests(
  tests: readonly RuleTest[],
  alerts: readonly { readonly alert: string; readonly labels: { readonly feature: string } }[],
): string[] {
  return alerts.flatMap(({ alert, labels: { feature } }) => {
    const own = tests.filter((test) => alertOf(test) === alert);
    return requiredTests(alert, feature)
      .filter(
        ({ words, holds }) => !own.some((test) => test.name.startsWith(`${alert} ${words}`) && holds(test)),
      )
      .map(({ words }) => `no test "${alert} ${words} …" in monitoring/tests that shows it`);
  });
}

/** Its series come and go with an object, and from the worker that holds the watch or the drill observer. */
const featuresOfObjects = new Set(['log-backup-retry', 'restore', 'drill']);
/** Its series come from no object: nothing that is deleted ends it. */
const alertsOfNoObject = new Set(['HoldfastDrillObserverAbsent']);
const alwaysFiring = new Set(['HoldfastWatchdog']);

function requiredTests(alert: string, feature: string) {
  const fires = { words: 'fires', holds: (test: RuleTest) => counts(test).some((count) => count > 0) };
  const quiet = {
    words: 'does not fire',
    holds: (test: RuleTest) => counts(test).every((count) => count === 0),
  };
  const resolves = { words: 'resolves', holds: ends };
  const survives = {
    words: 'survives a failover',
    holds: (test: RuleTest) => counts(test).length > 1 && counts(test).every((count) => count === 1),
  };
  const forgets = { words: 'ends with its object', holds: ends };
  if (alwaysFiring.has(alert)) return [fires];
  if (!featuresOfObjects.has(feature)) return [fires, quiet, resolves];
  return [fires, quiet, resolves, survives, ...(alertsOfNoObject.has(alert) ? [] : [forgets])];
}

/** It fires, and at the last look it does not. */
function ends(test: RuleTest): boolean {
  return counts(test).some((count) => count > 0) && counts(test).at(-1) === 0;
}

function counts({ firing }: RuleTest): number[] {
  return Object.values(firing).map(({ length }) => length);
}
