import type { Rungs } from './drill-session.js';
import { checksums } from './rungs/checksums.js';
import { copyBackRung } from './rungs/copy-back.js';
import { dataRung } from './rungs/data.js';
import { inventory } from './rungs/inventory.js';
import { metadataRung } from './rungs/metadata.js';
import { pagesRung } from './rungs/pages.js';
import { pitrRung } from './rungs/pitr.js';
import { prepareRung } from './rungs/prepare.js';
import { startRung } from './rungs/start.js';
import { tablesRung } from './rungs/tables.js';
import { unpack } from './rungs/unpack.js';

/** The ladder as drill hosts climb it. */
export const ALL_RUNGS: Rungs = {
  inventory,
  checksums,
  unpack,
  metadata: metadataRung,
  pages: pagesRung,
  prepare: prepareRung,
  'copy-back': copyBackRung,
  start: startRung,
  tables: tablesRung,
  data: dataRung,
  pitr: pitrRung,
};
