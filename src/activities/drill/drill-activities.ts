import {
  DamageCopyCall,
  DrillSessionKey,
  RecordDrillCall,
  RunRungCall,
  SelectBackupsCall,
  type BackupSelection,
  type OpenedSession,
} from '../../domain/drill/drill-call.js';
import type { RungFinding } from '../../domain/drill/rung.js';
import type { DrillActivityDependencies } from './dependencies.js';
import { drillActivity } from './drill-activity.js';
import { createDrillSessions } from './drill-sessions.js';
import { recordDrill } from './record-drill.js';
import { selectBackups } from './select-backups.js';

/** What any drill host does. The names are wire contract. */
export interface DrillActivities {
  /** @throws ApplicationFailure `InvalidInput`, `StoreUnreachable`, `StoreRefused` */
  selectBackups(call: SelectBackupsCall): Promise<BackupSelection>;
  /** Makes the work folder on the host that took it. @throws ApplicationFailure `HostBusy` */
  openDrill(key: DrillSessionKey): Promise<OpenedSession>;
  /** Writes the report, then the verdict; doing it twice changes nothing. Returns the report's key. */
  recordDrill(call: RecordDrillCall): Promise<string>;
}

/** What only the host does where the files are. */
export interface DrillHostActivities {
  runRung(call: RunRungCall): Promise<RungFinding>;
  /** Returns what was damaged. */
  damageCopy(call: DamageCopyCall): Promise<string>;
  /** Ends what runs for the session, and removes all of it. */
  closeDrill(key: DrillSessionKey): Promise<void>;
}

export function createDrillActivities(deps: DrillActivityDependencies): {
  readonly anyHost: DrillActivities;
  readonly thisHost: DrillHostActivities;
  /** Closes what this process opened: at its end. */
  readonly closeAll: () => Promise<void>;
} {
  const { stopping } = deps;
  const sessions = createDrillSessions(deps);
  return {
    anyHost: {
      selectBackups: drillActivity({ call: SelectBackupsCall, stopping }, (work) =>
        selectBackups(deps, work),
      ),
      openDrill: drillActivity({ call: DrillSessionKey, stopping }, ({ call }) => sessions.open(call)),
      recordDrill: drillActivity({ call: RecordDrillCall, stopping }, ({ call }) => recordDrill(deps, call)),
    },
    thisHost: {
      runRung: drillActivity({ call: RunRungCall, stopping }, (work) => sessions.runRung(work)),
      damageCopy: drillActivity({ call: DamageCopyCall, stopping }, ({ call }) => sessions.damage(call)),
      closeDrill: drillActivity({ call: DrillSessionKey, stopping }, ({ call }) => sessions.close(call)),
    },
    closeAll: sessions.closeAll,
  };
}
