/** Runs in the browser, outside the page: a function from the page's window to what is `Seen` there. */
export const probe = String.raw`(view) => {
  const page = view.document;
  const all = (selector, within = page) => [...within.querySelectorAll(selector)];
  const text = (element) => (element ? element.textContent.replace(/\s+/g, ' ').trim() : null);
  const isVisible = (element) => element.checkVisibility({ contentVisibilityAuto: true }) && element.getClientRects().length > 0;
  const rgb = (color) => (color.match(/[\d.]+/g) || []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = rgb(color).map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = view.getComputedStyle(at).backgroundColor;
      if (rgb(color)[3] !== 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const contrast = (element) => {
    const style = view.getComputedStyle(element);
    const [a, b] = [element.namespaceURI.endsWith('svg') ? style.fill : style.color, backgroundOf(element)].map(luminance);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const seen = {
    title: page.title,
    background: backgroundOf(page.body),
    verdict: text(page.querySelector('#verdict h1')),
    sentence: text(page.querySelector('#verdict .sentence')),
    ladder: all('#ladder tbody tr').map((row) => ({
      rung: text(row.querySelector('th').firstChild),
      outcome: text(row.querySelector('.outcome')),
      visibleLines: all('.evidence code', row).filter(isVisible).map(text),
      allLines: all('.evidence code', row).map(text),
    })),
    targets: all('#targets tbody tr:not(.basis)').map((row) => [...row.cells].map(text)),
    points: all('#history .chart').map((chart) => text(chart.querySelector('desc'))),
    nextStep: text(page.querySelector('#next p')),
    warnings: all('#warnings .evidence code').map(text),
    active: all('*').filter((element) =>
      /^(script|img|iframe|object|embed|link|base|form|a)$/i.test(element.tagName) ||
      (element.getAttribute('http-equiv') || '').toLowerCase() === 'refresh' ||
      element.getAttributeNames().some((name) => name.startsWith('on') || name === 'src' || name === 'href'),
    ).map((element) => element.outerHTML.slice(0, 200)),
    requests: view.performance.getEntriesByType('resource').map(({ name }) => name),
  };
  for (const folded of all('details')) folded.open = true;
  const texts = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() === '' || !isVisible(element) || /^(title|desc)$/.test(element.tagName)) continue;
    const ratio = contrast(element);
    if (!(ratio >= 4.5)) faint.push(ratio.toFixed(2) + ' ' + text(element).slice(0, 80));
  }
  return { ...seen, faint, contentWidth: page.documentElement.scrollWidth, width: view.innerWidth };
}`;
