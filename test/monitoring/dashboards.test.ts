import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusTools } from '../../dev/binaries/prometheus-tools.js';
import { buildDashboards, type BuiltDashboard } from '../../monitoring/build-dashboards.js';
import { dashboardProblems, recordingRules } from '../../monitoring/check-dashboards.js';
import { EMPTY_ON_DEMO } from '../../monitoring/dashboards/empty-on-demo.js';
import { readValues } from '../../monitoring/values.js';
import { allMetrics } from './all-metrics.js';

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
    for (const panel of panelsOf(board)) {
      expect(panel).toMatchObject({ datasource: { type: 'prometheus', uid: '${datasource}' } });
      expect(panel.description, panel.title).toMatch(/^[A-Z].*\.$/);
    }
    const [first] = board.dashboard.templating.list ?? [];
    expect(first).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
  });

  it.each(built)(
    'add the counters of all workers up, so that a failover does not double them: $uid',
    (board) => {
      for (const expression of board.expressions) {
        const counted = expression.match(/\b(?:rate|increase)\(/g) ?? [];
        const aggregated = expression.match(/\b(?:sum|max)(?: by \([^)]*\))? ?\((?:rate|increase)\(/g) ?? [];
        expect(aggregated.length, expression).toBe(counted.length);
      }
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
  it('finds nothing wrong with ours', () => {
    expect(dashboardProblems(built, allMetrics())).toEqual([]);
  });

  it.each([
    ['a metric that nobody serves', 'sum(holdfast_nothing_total)', 'nobody serves holdfast_nothing_total'],
    ['a label that its metric lacks', 'holdfast_watch_objects{backup="a"}', 'has no label backup'],
    [
      'a list of values of such a label',
      'label_values(holdfast_watch_objects, backup)',
      'has no label backup',
    ],
  ])('finds %s', (_what, asked, problem) => {
    const board = changed(RETRY_OVERVIEW, { expressions: [asked] });
    expect(dashboardProblems([board], allMetrics())).toEqual([expect.stringContaining(problem)]);
  });

  it('finds panels in the way of each other, beyond the grid, and of one number', () => {
    const [one, other, ...others] = RETRY_OVERVIEW.dashboard.panels ?? [];
    if (one === undefined || other === undefined) throw new Error('no panels');
    const moved = { ...other, gridPos: { x: 6, y: 0, w: 20, h: 4 }, id: 1 };
    const board = changed(RETRY_OVERVIEW, { panels: [one, moved, ...others] });
    expect(dashboardProblems([board], allMetrics())).toEqual([
      `${board.uid}: two panels have the same id`,
      `${board.uid}: "Retry Rate" and "Success Rate" overlap`,
      `${board.uid}: "Success Rate" is wider than the grid`,
    ]);
  });

  it('finds two dashboards of one uid', () => {
    expect(dashboardProblems([RETRY_OVERVIEW, RETRY_OVERVIEW], allMetrics())).toHaveLength(2);
  });
});

describe('the expressions of the dashboards', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-dashboards-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** promtool's exit code. */
  async function read(boards: readonly BuiltDashboard[]) {
    const file = join(folder, 'expressions.yaml');
    await writeFile(file, recordingRules(boards));
    const { binDir } = await prometheusTools();
    return execa(join(binDir, 'promtool'), ['check', 'rules', file], { reject: false });
  }

  it('are read by promtool, which refuses one that is none', async () => {
    const count = built.flatMap(({ expressions }) => expressions).length;
    expect(await read(built)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`${count} rules found`),
    });
    expect(await read([changed(RETRY_OVERVIEW, { expressions: ['sum by (backup (up)'] })])).toMatchObject({
      exitCode: 1,
    });
  });

  it('leave nothing for Grafana to fill in', () => {
    expect(built.flatMap(({ expressions }) => expressions).filter((each) => each.includes('$'))).toEqual([]);
  });

  it('are those that the list of what may be empty speaks of', () => {
    const asked = built.flatMap(({ expressions }) => expressions);
    const idle = EMPTY_ON_DEMO.filter(({ part }) => !asked.some((each) => each.includes(part)));
    expect(idle).toEqual([]);
  });
});
