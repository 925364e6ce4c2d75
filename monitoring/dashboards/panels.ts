import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as BarGaugePanel } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder as HeatmapPanel,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { asBuckets, atTheEnd, overTime, PROMETHEUS, type Query } from './queries.js';

/** What every panel has. Width and height in units of Grafana's grid: 24 across, one is 30 pixels high. */
export interface PanelFrame {
  readonly title: string;
  /** What it shows, where it comes from, and what an unusual value means. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
}

/** One meaning of a number: its text and color. */
export interface Meaning {
  readonly value: number;
  readonly text: string;
  readonly color: string;
}

/** From `from` on, a value has this color; the first step has no `from`. */
export interface ColorStep {
  readonly from: number | null;
  readonly color: string;
}

interface ValuePanel extends PanelFrame {
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Text where there is no series: most of our gauges are absent while there is nothing to tell. */
  readonly noValue: string;
  readonly colors?: readonly ColorStep[];
  readonly decimals?: number;
}

interface CoursePanel extends PanelFrame {
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Stacked bars, for what is counted; else lines. */
  readonly bars?: boolean;
}

/** Green from the start on, then each further color from its value on. */
export function colorSteps(...steps: readonly (readonly [from: number, color: string])[]): ColorStep[] {
  return [{ from: null, color: 'green' }, ...steps.map(([from, color]) => ({ from, color }))];
}

export const thresholdsOf = (steps: readonly ColorStep[]) =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from, color })));

export function mappingOf(meanings: readonly Meaning[]): ValueMapping {
  const options = meanings.map(({ value, text, color }, index) => [String(value), { text, color, index }]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}

/** One number for each series, as it is at the end of the time range. */
export function statPanel(options: ValuePanel): StatPanel {
  const panel = framed(new StatPanel(), options)
    .unit(options.unit)
    .noValue(options.noValue)
    .thresholds(thresholdsOf(options.colors ?? colorSteps()))
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(lastValue())
    .targets(options.queries.map(atTheEnd));
  return options.decimals === undefined ? panel : panel.decimals(options.decimals);
}

/** One bar for each series, as it is at the end of the time range. */
export function barsPanel(options: ValuePanel): BarGaugePanel {
  return framed(new BarGaugePanel(), options)
    .unit(options.unit)
    .noValue(options.noValue)
    .min(0)
    .thresholds(thresholdsOf(options.colors ?? [{ from: null, color: 'blue' }]))
    .reduceOptions(lastValue())
    .targets(options.queries.map(atTheEnd));
}

/** The course of each series. */
export function coursePanel(options: CoursePanel): TimeSeriesPanel {
  const panel = framed(new TimeSeriesPanel(), options)
    .unit(options.unit)
    .min(0)
    .lineWidth(2)
    .showPoints(VisibilityMode.Never)
    .legend(legendBelow())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .targets(options.queries.map(overTime));
  if (options.bars !== true) return panel;
  const stacked = new StackingConfigBuilder().mode(StackingMode.Normal);
  return panel.drawStyle(GraphDrawStyle.Bars).fillOpacity(80).stacking(stacked);
}

/** How often which duration occurred; `buckets` keeps `le` and nothing else. */
export function durationsPanel(options: PanelFrame & { readonly buckets: string }): HeatmapPanel {
  const { Scheme } = HeatmapColorMode;
  return framed(new HeatmapPanel(), options)
    .calculate(false)
    .color(new HeatmapColorOptionsBuilder().mode(Scheme).scheme('Oranges').steps(64))
    .cellGap(1)
    .yAxis(new YAxisConfigBuilder().unit('s'))
    .targets([asBuckets(options.buckets)]);
}

/** What each object was, and when: numbers that stand for states. */
export function statesPanel(
  options: PanelFrame & { readonly queries: readonly Query[]; readonly meanings: readonly Meaning[] },
): StateTimelinePanel {
  return framed(new StateTimelinePanel(), options)
    .mappings([mappingOf(options.meanings)])
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .rowHeight(0.8)
    .legend(legendBelow())
    .targets(options.queries.map(overTime));
}

interface Framed {
  title(title: string): this;
  description(description: string): this;
  datasource(datasource: typeof PROMETHEUS): this;
  span(width: number): this;
  height(height: number): this;
}

/** The parts that are the same for every kind of panel. */
export function framed<Panel extends Framed>(panel: Panel, frame: PanelFrame): Panel {
  return panel
    .title(frame.title)
    .description(frame.description)
    .datasource(PROMETHEUS)
    .span(frame.width)
    .height(frame.height);
}

const lastValue = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);

const legendBelow = () =>
  new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom);
