/** One line in TiDB's log format: `[time] [LEVEL] [file:line] ["message"] [field=value]…`. */
function line(level, source, message, fields) {
  const written = Object.entries(fields).map(([name, value]) => ` [${name}=${quoted(String(value))}]`);
  return `[${timestamp(new Date())}] [${level}] [${source}] [${quoted(message)}]${written.join('')}`;
}

/** An INFO line; `fields` are written in their order. */
export function logLine(source, message, fields = {}) {
  return line('INFO', source, message, fields);
}

export function warnLine(source, message, fields = {}) {
  return line('WARN', source, message, fields);
}

export function errorLine(source, message, fields = {}) {
  return line('ERROR', source, message, fields);
}

// TiDB quotes what holds blanks, quotes, brackets or `=`; everything else stands bare.
function quoted(text) {
  return /^[^\s"[\]=]+$/.test(text) ? text : JSON.stringify(text);
}

/** Local time with its offset, `2026/11/21 10:31:30.123 +00:00`. */
export function timestamp(date) {
  const two = (number) => String(number).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')} ${zone}`;
}
