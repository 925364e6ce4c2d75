import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';

/** Where the demo writes: lines that stay and, on a terminal, one last line that is rewritten in place. */
export interface Screen {
  /** Whether `status` shows anything. */
  readonly live: boolean;
  /** The text as it is where colours are not wanted (NO_COLOR, no terminal, TERM=dumb). */
  paint(style: Style, text: string): string;
  line(text?: string): void;
  /** Replaces the last line; `''` takes it away. Cut to the width of the terminal; no colours in `text`. */
  status(text: string): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(): boolean;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001B[2K';

export function createScreen(terminal: Terminal): Screen {
  const live = terminal.isTTY === true;
  const coloured = live && terminal.hasColors?.() === true;
  const paint = (style: Style, text: string): string =>
    coloured && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  let shown = '';
  const draw = (before: string): void => {
    const visible = shown.slice(0, Math.max((terminal.columns ?? 80) - 1, 0));
    terminal.write(`${before}${paint('yellow', visible)}`);
  };
  return {
    live,
    paint,
    line: (text = '') => {
      if (shown === '') terminal.write(`${text}\n`);
      else draw(`${CLEAR_LINE}${text}\n`);
    },
    status: (text) => {
      if (!live || text === shown) return;
      shown = text;
      draw(CLEAR_LINE);
    },
  };
}

/** A line that opens a new part of the output. */
export function showHeading(screen: Screen, text: string): void {
  screen.line();
  screen.line(screen.paint('bold', text));
}
