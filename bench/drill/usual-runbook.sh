#!/bin/bash
# What runbooks and weekly CronJobs for xtrabackup do to find out whether a backup can be restored, step by step and with
# their exit codes: look at the metadata, prepare, copy back, start a server, SHOW DATABASES; binlogs from the time of the
# backup on. No check is added. Arguments: the downloaded backup, an empty folder, binlogs if there are.
# Exit code: 0 "restore test PASSED", 1 FAILED.
set -u
backup=$1 scratch=$2 binlogs=${3:-}
failed() { echo "FAILED: $1"; exit 1; }

# As the my.cnf of a host for restores has it: a server refuses a system tablespace of another size.
size=$(sed -n 's/^innodb_data_file_path=/--innodb-data-file-path=/p' "$backup/backup-my.cnf")
ls -lh "$backup"
cat "$backup/xtrabackup_checkpoints" "$backup/xtrabackup_info" "$backup/xtrabackup_binlog_info" || failed 'metadata'
mariadb-backup --prepare --target-dir="$backup" || failed prepare
mariadb-backup --copy-back --target-dir="$backup" --datadir="$scratch/data" || failed copy-back
chmod 700 "$scratch/data"
mariadbd --no-defaults --user=root $size --datadir="$scratch/data" --socket="$scratch/s" --skip-networking &
for _ in $(seq 150); do
  mariadb --no-defaults -uroot -S "$scratch/s" -e 'SELECT 1' >/dev/null 2>&1 && break
  kill -0 $! 2>/dev/null || break
  sleep 0.2
done
mariadb --no-defaults -uroot -S "$scratch/s" -e 'SHOW DATABASES;' || failed 'SHOW DATABASES'
if [ -n "$binlogs" ]; then
  time=$(sed -n 's/^start_time = //p' "$backup/xtrabackup_info")
  mariadb-binlog --no-defaults --start-datetime="$time" "$binlogs"/binlog.* |
    mariadb --no-defaults -uroot -S "$scratch/s" || failed binlogs
fi
echo PASSED
