import type { DrillVerdict } from '../verdict.js';
import { dayText } from './figures.js';
import { html, type Html } from './html.js';
import { MARK_OF_VERDICT } from './marks.js';

/** One drill in a chart. */
export interface ChartPoint {
  readonly atMs: number;
  /** Bytes, or milliseconds. */
  readonly value: number;
  readonly verdict: DrillVerdict;
  readonly current: boolean;
}

interface Chart {
  /** Part of an id. */
  readonly name: 'size' | 'duration';
  readonly title: string;
  readonly points: readonly ChartPoint[];
  /** A value as people read it. */
  readonly text: (value: number) => string;
}

const WIDTH = 360;
const HEIGHT = 180;
const LEFT = 62;
const RIGHT = 14;
const TOP = 26;
const BOTTOM = 34;

/** A line over the drills of a plan in their order, evenly spaced; the shape of each point says its verdict. */
export function historyChart({ name, title, points, text }: Chart): Html {
  const topValue = Math.max(1, ...points.map(({ value }) => value)) * 1.1;
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, points.length - 1);
  const x = (index: number) => (points.length === 1 ? (LEFT + WIDTH - RIGHT) / 2 : LEFT + index * step);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / topValue);
  const line = points.map(({ value }, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const said = points
    .map(({ atMs, value, verdict }) => `${dayText(atMs)} ${text(value)} ${verdict}`)
    .join(', ');
  return html`<svg
    class="chart"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-labelledby="${name}-title ${name}-said"
  >
    <title id="${name}-title">${title}</title>
    <desc id="${name}-said">${said}</desc>
    <text class="axis-title" x="4" y="14">${title}</text>
    ${[0, 0.5, 1].map((share) => gridLine({ atY: y((share * topValue) / 1.1), label: text((share * topValue) / 1.1) }))}
    <polyline points="${line}" />
    ${points.map((point, index) => pointShape(point, { cx: x(index), cy: y(point.value) }))}
    ${dayLabels(points, x)}
    <text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}" text-anchor="middle">
      drills of this plan (month-day)
    </text>
  </svg>`;
}

function gridLine({ atY, label }: { atY: number; label: string }): Html {
  const line = atY.toFixed(1);
  return html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${line}" y2="${line}" /><text
      class="axis"
      x="${LEFT - 8}"
      y="${(atY + 4).toFixed(1)}"
      text-anchor="end"
      >${label}</text
    >`;
}

function dayLabels(points: readonly ChartPoint[], x: (index: number) => number): Html[] {
  const last = points.length - 1;
  const shown = last < 2 ? points.map((_, index) => index) : [0, Math.round(last / 2), last];
  return shown.map((index) => {
    const anchor = index === last && last > 0 ? 'end' : index === 0 && last > 0 ? 'start' : 'middle';
    const day = dayText(points[index]?.atMs ?? 0);
    return html`<text
      class="axis"
      x="${x(index).toFixed(1)}"
      y="${HEIGHT - BOTTOM + 16}"
      text-anchor="${anchor}"
      >${day}</text
    >`;
  });
}

function pointShape({ verdict, current }: ChartPoint, { cx, cy }: { cx: number; cy: number }): Html {
  const at = `translate(${cx.toFixed(1)} ${cy.toFixed(1)})`;
  return html`<g class="point point-${MARK_OF_VERDICT[verdict]}" transform="${at}">
    ${current ? html`<circle class="current" r="9" />` : undefined}${shapeOf(verdict)}
  </g>`;
}

function shapeOf(verdict: DrillVerdict): Html {
  switch (verdict) {
    case 'pass':
      return html`<circle r="4.5" />`;
    case 'fail':
      return html`<path d="M-4.5-4.5L4.5 4.5M4.5-4.5L-4.5 4.5" />`;
    case 'inconclusive':
      return html`<path d="M0-5.5L5.5 0 0 5.5-5.5 0Z" />`;
  }
}
