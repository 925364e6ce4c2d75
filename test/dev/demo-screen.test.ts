import { expect, test } from 'vitest';
import { createScreen } from '../../dev/demo/screen.js';

function terminal(given: { isTTY: boolean; colours: boolean }) {
  const written: string[] = [];
  return {
    written,
    isTTY: given.isTTY,
    columns: 20,
    hasColors: () => given.colours,
    write: (text: string) => written.push(text),
  };
}

test('a terminal keeps one last line that is rewritten in place and never wraps', () => {
  const device = terminal({ isTTY: true, colours: false });
  const screen = createScreen(device);
  screen.status('retry 1 in 2.0 s and more than fits');
  screen.status('retry 1 in 2.0 s and more than fits');
  screen.line('pod runs');
  screen.status('');
  expect(device.written).toEqual([
    '\r\u001B[2Kretry 1 in 2.0 s an',
    '\r\u001B[2Kpod runs\nretry 1 in 2.0 s an',
    '\r\u001B[2K',
  ]);
});

test('what is no terminal gets plain lines and no status', () => {
  const device = terminal({ isTTY: false, colours: true });
  const screen = createScreen(device);
  screen.status('retry 1 in 2.0 s');
  screen.line(screen.paint('red', 'pod failed'));
  expect(device.written).toEqual(['pod failed\n']);
});

test('colours are used only where the terminal has them', () => {
  const coloured = createScreen(terminal({ isTTY: true, colours: true }));
  const plain = createScreen(terminal({ isTTY: true, colours: false }));
  expect(coloured.paint('red', 'no')).toBe('\u001B[31mno\u001B[39m');
  expect(plain.paint('red', 'no')).toBe('no');
});
