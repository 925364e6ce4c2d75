import { join } from 'node:path';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { beforeAll, describe, expect, it } from 'vitest';
import { prometheusTools } from '../../dev/binaries/prometheus-tools.js';
import { buildDashboards, type BuiltDashboard } from '../../monitoring/build-dashboards.js';
import { dashboardProblems } from '../../monitoring/check/check-dashboards.js';
import { EMPTY_ON_DEMO, reasonToBeEmpty } from '../../monitoring/dashboards/empty-on-demo.js';
import { readValues } from '../../monitoring/values.js';

const built = buildDashboards((await readValues('production')).rules);
const RETRY_OVERVIEW = boardOf(built, 'holdfast-log-backup-retry');

function boardOf(boards: readonly BuiltDashboard[], uid: string): BuiltDashboard {
  const board = boards.find((each) => each.uid === uid);
  if (board === undefined) throw new Error(`no dashboard ${uid}`);
  return board;
}

const panelsOf = ({ dashboard }: BuiltDashboard): Panel[] =>
  (dashboard.panels ?? []).flatMap((panel) => ('targets' in panel ? [panel] : []));

/** The same dashboard with something else in it. */
function changed(
  board: BuiltDashboard,
  change: Partial<BuiltDashboard & { panels: Dashboard['panels'] }>,
): BuiltDashboard {
  const { panels = board.dashboard.panels ?? [], ...rest } = change;
  return { ...board, dashboard: { ...board.dashboard, panels }, ...rest };
}

describe('the dashboards', () => {
  it('keep the names that links and bookmarks know', () => {
    expect(built.map(({ uid, dashboard }) => [uid, dashboard.title])).toEqual([
      ['holdfast-log-backup-retry', 'TiDB Log Backup Retry'],
      ['holdfast-log-backup-health', 'Log Backup Health'],
      ['holdfast-replication-restores', 'Replication Restores'],
      ['holdfast-restore-drills', 'Restore Drills'],
      ['holdfast-api-resilience', 'API Resilience'],
    ]);
  });

  it('lay the retry overview out as the monitoring guide does', () => {
    const layout = panelsOf(RETRY_OVERVIEW).map(({ title, type, gridPos }) => [
      title,
      type,
      gridPos?.x,
      gridPos?.w,
    ]);
    expect(layout).toEqual([
      ['Retry Rate', 'stat', 0, 12],
      ['Success Rate', 'stat', 12, 12],
      ['Current Retries by Backup', 'table', 0, 24],
      ['Retry Duration Distribution', 'heatmap', 0, 24],
      ['Exhausted (1h)', 'stat', 0, 12],
      ['Timeouts (1h)', 'stat', 12, 12],
    ]);
  });

  it.each(built)('can be imported as they are: $uid', ({ json, uid }) => {
    const model: unknown = JSON.parse(json);
    expect(model).toMatchObject({ uid, schemaVersion: 42, editable: true });
    expect(model).not.toHaveProperty('dashboard');
    // An id belongs to the Grafana that it was exported from.
    expect(model).not.toHaveProperty('id');
    expect(uid.length).toBeLessThanOrEqual(40);
  });

  it.each(built)('say of each panel what it shows, and ask the chosen Prometheus: $uid', (board) => {
    const told = panelsOf(board).filter(({ description = '' }) => /^[A-Z].*\.$/.test(description));
    expect(told).toEqual(panelsOf(board));
    const chosen = { type: 'prometheus', uid: '${datasource}' };
    expect(panelsOf(board).map(({ datasource }) => datasource)).toEqual(panelsOf(board).map(() => chosen));
    const [first] = board.dashboard.templating.list ?? [];
    expect(first).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
  });

  it.each(built)(
    'add the counters of all workers up, so that a failover does not double them: $uid',
    (board) => {
      const count = (expression: string, pattern: RegExp) => expression.match(pattern)?.length ?? 0;
      const single = board.expressions.filter(
        (expression) =>
          count(expression, /\b(?:rate|increase)\(/g) !==
          count(expression, /\b(?:sum|max)(?: by \([^)]*\))? ?\((?:rate|increase)\(/g),
      );
      expect(single).toEqual([]);
    },
  );

  it('turn red where the alerts of the environment fire', async () => {
    const stepsOf = (board: BuiltDashboard) =>
      panelsOf(board)[0]?.fieldConfig?.defaults.thresholds?.steps.at(-1);
    const development = buildDashboards((await readValues('development')).rules);
    expect(stepsOf(RETRY_OVERVIEW)).toEqual({ value: 10, color: 'red' });
    expect(stepsOf(boardOf(development, RETRY_OVERVIEW.uid))).toEqual({ value: 4, color: 'red' });
  });
});

describe('the check of the dashboards', () => {
  let promtool: string;
  beforeAll(async () => {
    promtool = join((await prometheusTools()).binDir, 'promtool');
  });

  it('finds nothing wrong with ours', async () => {
    expect(await dashboardProblems(built, promtool)).toEqual([]);
  });

  it.each([
    ['a metric that nobody serves', 'sum(holdfast_nothing_total)', 'nobody serves holdfast_nothing_total'],
    ['a label that its metric lacks', 'holdfast_watch_objects{backup="a"}', 'has no label backup'],
    ['what is no expression', 'sum by (backup (up)', 'could not parse expression'],
  ])('finds %s', async (_what, asked, problem) => {
    const found = await dashboardProblems([changed(RETRY_OVERVIEW, { expressions: [asked] })], promtool);
    expect(found.join('\n')).toContain(problem);
  });

  it('finds a list of values of a label that its metric lacks', async () => {
    const board = changed(RETRY_OVERVIEW, {
      variableQueries: ['label_values(holdfast_watch_objects, backup)'],
    });
    expect(await dashboardProblems([board], promtool)).toEqual([
      `${board.uid}: holdfast_watch_objects has no label backup`,
    ]);
  });

  it('finds panels in the way of each other, beyond the grid, and of one number', async () => {
    const [one, other, ...others] = RETRY_OVERVIEW.dashboard.panels ?? [];
    if (one === undefined || other === undefined) throw new Error('no panels');
    const moved = { ...other, gridPos: { x: 6, y: 0, w: 20, h: 4 }, id: 1 };
    const board = changed(RETRY_OVERVIEW, { panels: [one, moved, ...others] });
    expect(await dashboardProblems([board], promtool)).toEqual([
      `${board.uid}: two panels have the same id`,
      `${board.uid}: "Retry Rate" and "Success Rate" overlap`,
      `${board.uid}: "Success Rate" is wider than the grid`,
    ]);
  });

  it('finds two dashboards of one uid', async () => {
    expect(await dashboardProblems([RETRY_OVERVIEW, RETRY_OVERVIEW], promtool)).toEqual([
      `${RETRY_OVERVIEW.uid}: two dashboards have this uid`,
    ]);
  });
});

describe('the expressions of the dashboards', () => {
  const asked = built.flatMap(({ expressions }) => expressions);

  it('leave nothing for Grafana to fill in', () => {
    expect(asked.filter((expression) => expression.includes('$'))).toEqual([]);
  });

  it('are those that the list of what may be empty speaks of', () => {
    expect(EMPTY_ON_DEMO.filter(({ part }) => !asked.some((each) => each.includes(part)))).toEqual([]);
    expect(asked.filter((expression) => reasonToBeEmpty(expression) === undefined).length).toBeGreaterThan(
      40,
    );
  });
});
