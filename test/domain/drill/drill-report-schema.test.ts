import { format } from 'prettier';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { DrillReport } from '../../../src/domain/drill/drill-report.js';

// `npx vitest run -u test/domain/drill/drill-report-schema.test.ts` writes it anew.
test('the published schema of the report is the one that the code keeps', async () => {
  const published = {
    title: 'Holdfast drill report, version 1',
    description:
      'What a restore drill found out: report.json of the ledger, and the result of runRestoreDrill.',
    ...z.toJSONSchema(DrillReport),
  };
  const text = await format(JSON.stringify(published), { parser: 'json', printWidth: 110 });
  await expect(text).toMatchFileSnapshot('../../../docs/schemas/drill-report.v1.json');
});
