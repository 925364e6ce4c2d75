/** Images of the Jobs that we build; `br` is absent where it follows from TiKV's version. */
export interface JobImages {
  readonly backupManager: string;
  readonly br?: string | undefined;
}

/** `HOLDFAST_BACKUP_MANAGER_IMAGE` where it is not set. */
export const BACKUP_MANAGER_IMAGE = 'ghcr.io/holdfast/holdfast-backup-manager:0.1.0';
