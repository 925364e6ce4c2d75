import { defineConfig } from 'vitest/config';

const unit = [
  'test/kubernetes/api-failure.test.ts',
  'test/kubernetes/connection.test.ts',
  'test/kubernetes/operator-presence.test.ts',
  'test/domain/**/*.test.ts',
  'test/kubernetes/objects/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/worker/**/*.test.ts',
];

/**
 * `unit` needs no server; `servers` starts what it tests against. Two processes at a time: the servers of one file
 * need the other core. `peer` needs a built TiDB Operator (docs/backup-retry-conformance.md), which listens on one fixed
 * port: one file at a time, and only when asked for.
 */
export default defineConfig({
  test: {
    // With `npm test`. What runs in worker processes of their own is not seen: these are the tests beside the code.
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      include: ['src/domain/retry/**', 'src/activities/**'],
      reporter: [['text', { skipEmpty: true, skipFull: true }]],
      thresholds: {
        'src/domain/retry/**': { lines: 95, statements: 95 },
        'src/activities/backup/**': { lines: 95, statements: 95 },
        // Drills work in processes of their own, which are not counted: they have none.
        'src/activities/{restore,stress,watch}/**': { lines: 90, statements: 90 },
      },
    },
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['test/global-setup.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: unit } },
      {
        extends: true,
        test: {
          name: 'servers',
          globalSetup: ['test/servers-setup.ts'],
          include: ['test/**/*.test.ts'],
          exclude: [...unit, 'test/peer/**'],
          testTimeout: 120_000,
          hookTimeout: 900_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'peer',
          globalSetup: ['test/peer/peer-setup.ts', 'test/servers-setup.ts'],
          include: ['test/peer/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
