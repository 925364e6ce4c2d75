import { ageOf, asDate, BY_PLAN, OF_PLAN, oneOf, drillGauge } from './expressions.js';
import { colorSteps, coursePanel } from './panels.js';
import { tablePanel } from './table-panel.js';

const schedule = (name: string) => `holdfast_schedule_${name}{${OF_PLAN}}`;
const LABELS = { cluster: 'Cluster', plan: 'Plan' };
const PLAN = '{{plan}}';

/** Temporal's Schedules of the drill plans. */
export function drillSchedulePanels() {
  return [schedules(), notRun()];
}

/** Whether the numbers above are fresh, and whether the ledger behind them is whole. */
export function drillObserverPanels() {
  return [observedAge(), observeFailures(), ledgerProblems()];
}

function schedules() {
  return tablePanel({
    title: 'Schedules',
    description:
      'When the next drill is due, what runs now, and what did not run: missed, because Temporal was away too long, or skipped, because the drill before still ran.',
    width: 16,
    height: 8,
    labels: LABELS,
    columns: [
      {
        name: 'Paused',
        expression: oneOf(BY_PLAN, schedule('paused')),
        unit: 'short',
        meanings: [
          { value: 0, text: 'no', color: 'text' },
          { value: 1, text: 'paused', color: 'orange' },
        ],
      },
      {
        name: 'Next',
        expression: asDate(BY_PLAN, schedule('next_timestamp_seconds')),
        unit: 'dateTimeFromNow',
      },
      {
        name: 'Running for',
        expression: ageOf(BY_PLAN, drillGauge('running_started_timestamp_seconds')),
        unit: 'dtdurations',
      },
      {
        name: 'Missed',
        expression: oneOf(BY_PLAN, schedule('missed_total')),
        unit: 'short',
        colors: colorSteps([1, 'orange']),
      },
      { name: 'Skipped', expression: oneOf(BY_PLAN, schedule('skipped_total')), unit: 'short' },
    ],
    links: [
      {
        title: 'Schedules in Temporal',
        url: '${temporal_ui}/namespaces/${temporal_namespace}/schedules',
      },
    ],
    sortBy: 'Missed',
    noValue: 'no drill plan',
  });
}

/** Both counters are the server's own: a worker that starts shows what the one before did. */
function notRun() {
  const grown = (name: string) => `max by (${BY_PLAN}) (increase(${schedule(name)}[$__rate_interval]))`;
  return coursePanel({
    title: 'Drills that did not run',
    description: 'Missed and skipped runs of the Schedules, when they were counted.',
    width: 8,
    height: 8,
    unit: 'short',
    bars: true,
    queries: [
      { expression: grown('missed_total'), legend: `${PLAN}: missed` },
      { expression: grown('skipped_total'), legend: `${PLAN}: skipped` },
    ],
  });
}

function observedAge() {
  return coursePanel({
    title: 'Age of what is shown',
    description:
      'How long ago Schedule and ledger of each plan were read without error. It grows for a plan whose bucket cannot be reached.',
    width: 8,
    height: 7,
    unit: 's',
    queries: [{ expression: ageOf(BY_PLAN, drillGauge('observed_timestamp_seconds')), legend: PLAN }],
  });
}

function observeFailures() {
  return coursePanel({
    title: 'Failures of the observer',
    description: 'Steps of the observer that failed and are tried again, of all drill hosts.',
    width: 8,
    height: 7,
    unit: 'short',
    bars: true,
    queries: [
      {
        expression: 'sum by (step) (increase(holdfast_drill_observe_failures_total[$__rate_interval]))',
        legend: '{{step}}',
      },
    ],
  });
}

function ledgerProblems() {
  return tablePanel({
    title: 'Ledger',
    description:
      'Broken links of the chain of verdicts. More than none means that somebody or something changed the past.',
    width: 8,
    height: 7,
    labels: LABELS,
    columns: [
      {
        name: 'Problems',
        expression: oneOf(BY_PLAN, drillGauge('ledger_problems')),
        unit: 'short',
        colors: colorSteps([1, 'red']),
      },
    ],
    noValue: 'no ledger read yet',
  });
}
