import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { CLUSTER_CHOICES } from './choices.js';
import { dashboardOf, type DashboardSettings } from './dashboard-frame.js';
import { ageOf, OF_CLUSTER, oneOf } from './expressions.js';
import { colorSteps, coursePanel, statPanel } from './panels.js';
import { alertsTable, watchAgeStat } from './shared-panels.js';
import { temporalPanels } from './temporal-panels.js';

const ATTEMPTS = 'holdfast_api_attempts_total';
/** What is no fault of the caller: no answer, throttling, and the server's own errors. */
const TROUBLE = 'code=~"<error>|429|5.."';
const ALERTS = 'component="holdfast", feature=~"api|watch|monitoring", alertname!="HoldfastWatchdog"';
const RATE_OF = (matchers: string) => `sum(rate(${ATTEMPTS}${matchers}[$__rate_interval]))`;

/** Whether the workers reach the API server and Temporal, and whether somebody watches. */
export function apiResilience(settings: DashboardSettings): Dashboard {
  return dashboardOf(
    {
      uid: 'holdfast-api-resilience',
      title: 'API Resilience',
      description:
        'Whether the workers reach the API server and Temporal, what they repeat, and whether the watch is alive. Calls are counted by every worker, without a cluster.',
      tags: ['api', 'watch', 'temporal'],
      choices: CLUSTER_CHOICES,
      alerts: ALERTS,
      rows: [
        {
          panels: [
            ...summary(settings),
            attempts(),
            retries(),
            troubleByResource(),
            alertsTable({ width: 12, height: 8 }, ALERTS),
          ],
        },
        { title: 'The watch', panels: watch() },
        { title: 'Temporal, as the SDK in the workers sees it', panels: temporalPanels() },
      ],
    },
    settings,
  );
}

function summary({ limits }: DashboardSettings) {
  const place = { width: 6, height: 4 };
  return [
    statPanel({
      ...place,
      title: 'Calls in trouble',
      description:
        'Share of the requests to the API server that were throttled, failed in the server, or had no answer.',
      unit: 'percentunit',
      decimals: 1,
      noValue: 'no calls',
      colors: colorSteps([limits.api.troubleShare / 4, 'orange'], [limits.api.troubleShare, 'red']),
      queries: [{ expression: troubleShare(), legend: 'in trouble' }],
    }),
    statPanel({
      ...place,
      title: 'Repeated calls',
      description: 'Failed calls that were repeated, in the time range of the dashboard.',
      unit: 'short',
      decimals: 0,
      noValue: 'no worker',
      colors: colorSteps([1, 'orange']),
      queries: [{ expression: 'sum(increase(holdfast_api_retries_total[$__range]))', legend: 'repeated' }],
    }),
    watchAgeStat(place, limits.watch),
    statPanel({
      ...place,
      title: 'Workers that hold the watch',
      description:
        'One per cluster. None: nobody sees a failure. Two for more than a moment: one was frozen and came back.',
      unit: 'short',
      decimals: 0,
      noValue: 'none',
      colors: [
        { from: null, color: 'red' },
        { from: 1, color: 'green' },
        { from: 2, color: 'orange' },
      ],
      queries: [
        {
          expression: `count by (cluster) (holdfast_watch_started_timestamp_seconds{${OF_CLUSTER}})`,
          legend: '{{cluster}}',
        },
      ],
    }),
  ];
}

function troubleShare(): string {
  // Without a call in trouble there is no series of its code: then the share is 0, not unknown.
  return `(${RATE_OF(`{${TROUBLE}}`)} or vector(0)) / (${RATE_OF('')} > 0)`;
}

function attempts() {
  return coursePanel({
    title: 'Attempts by status',
    description: 'Requests to the API server, repetitions included. `<error>`: no answer came.',
    width: 12,
    height: 8,
    unit: 'reqps',
    queries: [{ expression: `sum by (code) (rate(${ATTEMPTS}[$__rate_interval]))`, legend: '{{code}}' }],
  });
}

function retries() {
  return coursePanel({
    title: 'Repetitions by reason',
    description: 'Why calls were repeated. `Backend`: etcd or a webhook behind the API server.',
    width: 12,
    height: 8,
    unit: 'short',
    bars: true,
    queries: [
      {
        expression: 'sum by (reason) (increase(holdfast_api_retries_total[$__rate_interval]))',
        legend: '{{reason}}',
      },
    ],
  });
}

function troubleByResource() {
  return coursePanel({
    title: 'Trouble by call',
    description:
      'Requests that were throttled, failed in the server, or had no answer, by verb and resource.',
    width: 12,
    height: 8,
    unit: 'reqps',
    queries: [
      {
        expression: `sum by (verb, resource) (rate(${ATTEMPTS}{${TROUBLE}}[$__rate_interval])) > 0`,
        legend: '{{verb}} {{resource}}',
      },
    ],
  });
}

function watch() {
  const last = `holdfast_watch_last_event_timestamp_seconds{${OF_CLUSTER}}`;
  const place = { width: 6, height: 8 };
  return [
    coursePanel({
      ...place,
      title: 'Last heard, by resource',
      description:
        'Age of the last sign of life of each kind of object. It is a saw: bookmarks come about once a minute.',
      unit: 's',
      queries: [{ expression: ageOf('cluster, resource', last), legend: '{{cluster}} {{resource}}' }],
    }),
    coursePanel({
      ...place,
      title: 'Objects watched',
      description: 'Objects that the watch knows, by kind.',
      unit: 'short',
      queries: [
        {
          expression: oneOf('cluster, resource', `holdfast_watch_objects{${OF_CLUSTER}}`),
          legend: '{{cluster}} {{resource}}',
        },
      ],
    }),
    coursePanel({
      ...place,
      title: 'Failed steps of the watch',
      description: 'Steps of the watch that failed and were tried again, of all workers.',
      unit: 'short',
      bars: true,
      queries: [
        {
          expression: 'sum by (step) (increase(holdfast_watch_failures_total[$__rate_interval]))',
          legend: '{{step}}',
        },
      ],
    }),
    coursePanel({
      ...place,
      title: 'Watches begun',
      description:
        'A watch begins with a worker, after a failover, and once a day. Often: workers take it from each other.',
      unit: 'short',
      bars: true,
      queries: [
        {
          expression: 'sum(increase(holdfast_watch_restarts_total[$__rate_interval]))',
          legend: 'begun',
        },
      ],
    }),
  ];
}
