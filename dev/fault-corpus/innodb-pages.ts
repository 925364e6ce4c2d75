/** Bytes; the servers of the corpus all run with the default. */
export const pageBytes = 16_384;

// Offsets as in https://github.com/MariaDB/server/blob/mariadb-10.11.11/storage/innobase/include/fil0fil.h and page0types.h
const pageTypeOffset = 24;
const indexPageType = 17_855;
const recordCountOffset = 38 + 16;
const levelOffset = 38 + 26;
const indexIdOffset = 38 + 28;
/** The root of the clustered index of a table in a file of its own. */
const clusteredRoot = 3;

/** The page numbers of the leaves of the clustered index, which hold the rows; those with rows only. */
export function rowPages(tablespace: Buffer): number[] {
  const clusteredId = tablespace.readBigUInt64BE(clusteredRoot * pageBytes + indexIdOffset);
  const count = Math.floor(tablespace.length / pageBytes);
  return Array.from({ length: count }, (_, page) => page).filter((page) => {
    const start = page * pageBytes;
    return (
      tablespace.readUInt16BE(start + pageTypeOffset) === indexPageType &&
      tablespace.readBigUInt64BE(start + indexIdOffset) === clusteredId &&
      tablespace.readUInt16BE(start + levelOffset) === 0 &&
      tablespace.readUInt16BE(start + recordCountOffset) > 0
    );
  });
}
