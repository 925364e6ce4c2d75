/** Light, dark, paper, and a phone 360 pixels wide. Text keeps a contrast of 4.5 : 1 on everything it stands on. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --panel: #ffffff; --line: #d5dae0; --text: #1b1f24; --muted: #565f69;
  --pass: #0f6a2f; --pass-tint: #e3f5e8;
  --fail: #b01027; --fail-tint: #ffe9e8;
  --unknown: #7a4d00; --unknown-tint: #fff3d1;
  --skipped: #565f69; --skipped-tint: #e9ecef;
  --code: #f1f3f6; --bar: #8fa3b8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --panel: #161b22; --line: #30363d; --text: #e6edf3; --muted: #9aa4ae;
    --pass: #56d373; --pass-tint: #11281a;
    --fail: #ff8a80; --fail-tint: #34171a;
    --unknown: #e8b84a; --unknown-tint: #2c220c;
    --skipped: #9aa4ae; --skipped-tint: #22272e;
    --code: #0d1117; --bar: #4d6075;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif;
  overflow-wrap: anywhere;
}
main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
main { padding-top: 1.25rem; }
section, .verdict { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; margin: 0 0 1rem; padding: 1.25rem 1.5rem; }
h1, h2, p, ul, dl { margin: 0; }
h2 { font-size: 1.05rem; margin-bottom: .75rem; }
code, .evidence { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.muted, .claim, caption, .basis, .figures, footer, .legend, dt { color: var(--muted); }

.verdict { border-left: 8px solid var(--tone); background: var(--tint); }
.verdict-pass, .rung-pass { --tone: var(--pass); --tint: var(--pass-tint); }
.verdict-fail, .rung-fail { --tone: var(--fail); --tint: var(--fail-tint); }
.verdict-unknown, .rung-unknown { --tone: var(--unknown); --tint: var(--unknown-tint); }
.verdict-skipped, .rung-skipped { --tone: var(--skipped); --tint: var(--skipped-tint); }
.verdict .about { color: var(--text); font-size: .875rem; }
.verdict h1 { display: flex; align-items: center; gap: .9rem; margin: .5rem 0 .6rem; color: var(--tone); font-size: 2.5rem; line-height: 1.1; letter-spacing: -.02em; }
.verdict h1 .mark { width: 2.75rem; height: 2.75rem; }
.verdict .sentence { font-size: 1.2rem; font-weight: 600; line-height: 1.35; }
.verdict .because { margin-top: .35rem; }
.verdict .evidence { margin-top: .9rem; }
.verdict .facts { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin-top: 1rem; font-size: .875rem; }
.verdict .facts b { font-weight: 600; }
.next { border-left: 8px solid var(--text); }
.next .reference { margin-top: .5rem; font-size: .875rem; color: var(--muted); }

.mark { flex: none; width: 1.15rem; height: 1.15rem; vertical-align: -.2rem; }
.mark circle { fill: var(--mark); } .mark path { fill: none; stroke: var(--panel); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.mark-pass { --mark: var(--pass); } .mark-fail { --mark: var(--fail); }
.mark-unknown, .mark-warning { --mark: var(--unknown); } .mark-skipped { --mark: var(--skipped); }

table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
caption { text-align: left; font-size: .875rem; padding-bottom: .5rem; }
th, td { text-align: left; vertical-align: top; padding: .6rem .75rem .6rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; padding: .25rem .75rem .35rem 0; color: var(--muted); font-size: .8125rem; font-weight: 500; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
tbody th { font-weight: 600; }
abbr { text-decoration: none; }
.claim { display: block; font-size: .8125rem; font-weight: 400; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.outcome { white-space: nowrap; } .outcome span { margin-left: .4rem; }
.basis td { border-top: 0; padding-top: 0; font-size: .8125rem; }

.ladder th[scope=row] { width: 12.5rem; }
.ladder .throughput { white-space: nowrap; font-variant-numeric: tabular-nums; }
.rung-fail td, .rung-fail th, .rung-unknown td, .rung-unknown th { background: var(--tint); }
.rung-fail th, .rung-unknown th { box-shadow: inset 4px 0 0 var(--tone); }
.rung-fail th, .rung-unknown th { padding-left: .9rem; }
.rung-fail td:last-child, .rung-unknown td:last-child { padding-right: .75rem; }
.rung-fail .claim, .rung-unknown .claim, .rung-fail .figures, .rung-unknown .figures { color: var(--text); }
.rung .outcome span { color: var(--tone); font-weight: 600; }
.rung-skipped th, .rung-skipped .found { color: var(--muted); font-weight: 400; }
.rung-skipped th, .rung-skipped td { padding-top: .35rem; padding-bottom: .35rem; }
.rung-skipped .outcome span { font-weight: 400; }
.figures { margin-top: .25rem; font-size: .8125rem; }
.cause { display: inline-block; border: 1px solid var(--tone); border-radius: 12px; color: var(--tone); font-size: .8125rem; padding: 0 .6rem; }
.more { color: var(--muted); font-size: .8125rem; }
.bar { display: block; height: 4px; margin-top: .3rem; min-width: 3.5rem; border-radius: 2px; background: linear-gradient(to right, var(--bar) var(--share), var(--line) 0); }
summary { cursor: pointer; border-radius: 4px; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--text); outline-offset: 2px; }

.evidence { list-style: none; margin: .6rem 0 .2rem; padding: 0; font-size: .8125rem; line-height: 1.45; background: var(--code); border: 1px solid var(--line); border-left: 4px solid var(--tone, var(--line)); border-radius: 6px; overflow: hidden; }
.evidence li { padding: .45rem .75rem; }
.evidence li + li { border-top: 1px solid var(--line); }
.evidence code { display: block; white-space: pre-wrap; unicode-bidi: isolate; }
.evidence .source { display: block; color: var(--muted); font-size: .75rem; unicode-bidi: isolate; }
.evidence .rest { color: var(--muted); }
.evidence.warnings { border-left-color: var(--unknown); }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
.chart { width: 100%; height: auto; font: 11px system-ui, "Liberation Sans", Arial, sans-serif; }
.chart text { fill: var(--muted); } .chart .axis-title { fill: var(--text); font-size: 13px; font-weight: 600; }
.chart .grid { stroke: var(--line); } .chart polyline { fill: none; stroke: var(--bar); stroke-width: 1.5; }
.point { fill: var(--panel); stroke: var(--panel); stroke-width: 1.5; }
.point-pass > :last-child { fill: var(--pass); } .point-unknown > :last-child { fill: var(--unknown); }
.point-fail > :last-child { fill: none; stroke: var(--fail); stroke-width: 3; stroke-linecap: round; }
.point .current { fill: var(--panel); stroke: var(--text); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0 .75rem; font-size: .8125rem; }

dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .35rem 1.25rem; font-size: .9375rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
footer { padding-bottom: 2rem; font-size: .8125rem; }

@media (max-width: 44rem) {
  main, footer { padding-left: .75rem; padding-right: .75rem; }
  section, .verdict { padding: 1rem; border-radius: 10px; }
  .verdict h1 { font-size: 2.1rem; } .verdict h1 .mark { width: 2.3rem; height: 2.3rem; }
  .ladder thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .ladder, .ladder tbody { display: block; } .ladder caption { display: block; }
  .ladder tr { display: grid; grid-template-columns: 1fr auto 4rem; column-gap: .75rem; align-items: baseline; padding: .7rem 0; border-top: 1px solid var(--line); }
  .ladder th, .ladder td, .ladder th[scope=row] { display: block; width: auto; border: 0; padding: 0; background: none; box-shadow: none; }
  .ladder .found { grid-column: 1 / -1; grid-row: 2; margin-top: .35rem; }
  .ladder th[scope=row] { grid-column: 1; grid-row: 1; } .ladder .outcome { grid-column: 2; } .ladder .time { grid-column: 3; }
  .ladder .throughput { grid-column: 1 / -1; grid-row: 3; color: var(--muted); font-size: .8125rem; }
  .ladder .throughput:empty { display: none; }
  .ladder .claim { display: none; } .ladder th[scope=row] { overflow-wrap: normal; }
  .ladder .rung-skipped .found { margin-top: 0; font-size: .875rem; }
  .ladder .bar { min-width: 3rem; }
  .ladder .rung-fail, .ladder .rung-unknown { background: var(--tint); margin: 0 -1rem; padding: .8rem 1rem; box-shadow: inset 4px 0 0 var(--tone); }
  .ladder .rung-fail .throughput, .ladder .rung-unknown .throughput { color: var(--text); }
  .targets th, .targets td { overflow-wrap: normal; } .targets .number { white-space: normal; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; }
}
@media print {
  :root { color-scheme: light; --ground: #ffffff; --code: #ffffff; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; }
  section, .verdict { break-inside: avoid; } section.long { break-inside: auto; } tr { break-inside: avoid; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
