#!/bin/bash
# The same tools as a drill, used with care in a bare script: manifest, streams, innochecksum on every table, the tool's
# last line, CHECK TABLE read row by row, binlogs with their checksums and both exit codes of the pipe. Arguments: the
# downloaded backup, an empty folder, layout, binlogs if there are.
# Exit code: 0 good, 1 bad, 4 cannot tell.
set -uo pipefail
shopt -s nullglob globstar
backup=$1 scratch=$2 layout=$3 binlogs=${4:-}
bad() { echo "BAD: $1"; exit 1; }

cd "$backup" || exit 4
proven=yes
if [ -e manifest.sha256 ]; then
  sha256sum --check --quiet --strict manifest.sha256 || bad manifest
else
  proven=no
fi
mkdir "$scratch/beside" "$scratch/files"
mv manifest.sha256 baseline.json "$scratch/beside" 2>/dev/null
case $layout in
  directory) mv ./* "$scratch/files" ;;
  stream)
    if [ -e backup.mbstream.zst ]; then
      zstd -dcq backup.mbstream.zst | mbstream -x -C "$scratch/files" || bad stream
    else
      mbstream -x -C "$scratch/files" <backup.mbstream || bad stream
    fi
    ;;
  xbcloud)
    find . -type f | LC_ALL=C sort | xargs -d '\n' cat | mbstream -x -C "$scratch/files" || bad chunks
    ;;
esac
cd "$scratch/files" || exit 4
for file in **/*.zst; do zstd -dq --rm "$file" || bad "$file"; done
for file in xtrabackup_checkpoints xtrabackup_info xtrabackup_binlog_info ibdata1 ib_logfile0 backup-my.cnf; do
  [ -s "$file" ] || bad "$file is missing"
done
grep -q '^backup_type = full-backuped' xtrabackup_checkpoints || bad 'not a full backup'
for file in **/*.ibd; do innochecksum "$file" || bad "$file"; done
read -r first position _ <xtrabackup_binlog_info
# As the my.cnf of a host for restores has it: a server refuses a system tablespace of another size.
size=$(sed -n 's/^innodb_data_file_path=/--innodb-data-file-path=/p' backup-my.cnf)
mariadb-backup --prepare --target-dir=. 2>&1 | tee "$scratch/prepare.log" || bad prepare
tail -1 "$scratch/prepare.log" | grep -q 'completed OK!' || bad 'prepare did not complete'
mariadb-backup --no-defaults --move-back --target-dir=. --datadir="$scratch/data" || bad copy-back
mariadbd --no-defaults --user=root $size --datadir="$scratch/data" --socket="$scratch/s" --skip-networking \
  --skip-grant-tables --skip-log-bin >"$scratch/server.log" 2>&1 &
client=(mariadb --no-defaults -uroot -S "$scratch/s")
for _ in $(seq 150); do
  "${client[@]}" -e 'SELECT 1' >/dev/null 2>&1 && break
  kill -0 $! 2>/dev/null || bad 'the server does not start'
  sleep 0.2
done
mariadb-check --no-defaults -uroot -S "$scratch/s" --all-databases >"$scratch/check.log" || bad mariadb-check
grep -qiE '^(error|warning) |corrupt' "$scratch/check.log" && bad 'CHECK TABLE'
if [ -n "$binlogs" ]; then
  files=()
  for file in "$binlogs"/binlog.*; do [[ ${file##*/} < $first ]] || files+=("$file"); done
  [ "${files[0]##*/}" = "$first" ] || bad "$first is missing"
  mariadb-binlog --no-defaults --verify-binlog-checksum --disable-log-bin --start-position="$position" "${files[@]}" |
    "${client[@]}" --binary-mode || bad binlogs
fi
[ $proven = yes ] || { echo 'CANNOT TELL: nothing proves the bytes'; exit 4; }
echo GOOD
