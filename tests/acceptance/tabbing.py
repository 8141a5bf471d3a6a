"""Walking a page by Tab: what is reached, what shows that it is, and what has a name."""

from typing import NamedTuple

from playwright.sync_api import Page

SPARE = 60
"""So many more steps than controls: charts and grids have some of their own."""

TABBABLE = """() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  const seen = element => element.checkVisibility({ visibilityProperty: true })
    && element.getClientRects().length && !element.closest('[inert]');
  const able = element => element.tabIndex >= 0 && !element.disabled && seen(element)
    && !(element.tagName === 'SUMMARY' && element.parentElement.tagName !== 'DETAILS')
    && !element.closest('.ag-root-wrapper, .dash-dropdown, .js-plotly-plot');
  const groups = new Set();
  return [...document.querySelectorAll(wanted)].filter(able).filter(element => {
    if (element.type !== 'radio') return true;  // of a group one is reached, the arrows do the rest
    const known = groups.has(element.name);
    groups.add(element.name);
    return !known;
  });
}"""
MARK = f"""() => {{
  document.activeElement?.blur();
  const all = ({TABBABLE})();
  all.forEach((element, place) => {{ element.dataset.tab = element.type === 'radio'
    ? `radio ${{element.name}}` : String(place); }});
  return all.length;
}}"""
HERE = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const name = element.getAttribute('aria-label') || element.labels?.[0]?.textContent
    || element.getAttribute('aria-labelledby') || element.textContent || element.title;
  const style = getComputedStyle(element);
  const around = [element.labels?.[0], element.firstElementChild].filter(Boolean);
  const drawn = [style, ...around.map(one => getComputedStyle(one))].some(one =>
    (one.outlineStyle !== 'none' && one.outlineWidth !== '0px') || one.boxShadow !== 'none');
  const radio = element.type === 'radio' ? `radio ${element.name}` : '';
  return { tab: radio || element.dataset.tab || '', name: (name || '').trim(), drawn,
    html: element.outerHTML.slice(0, 160), ours: !element.closest('.ag-root-wrapper') };
}"""
LEFT = f"""reached => ({TABBABLE})().filter(element => element.dataset.tab
    && !reached.includes(element.dataset.tab)).map(element => element.outerHTML.slice(0, 160))"""


class Walk(NamedTuple):
    """How many controls there are, and which are never reached, not seen or without a name."""

    controls: int
    missed: list[str]
    blind: list[str]
    mute: list[str]


def walk(page: Page) -> Walk:
    """Press Tab until every control was reached, or until it is plain that some never are."""
    count = int(page.evaluate(MARK))
    reached: set[str] = set()
    blind, mute = [], []
    for _ in range(count + SPARE):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None:
            continue
        reached.add(here["tab"])
        if here["ours"] and not here["drawn"]:
            blind.append(here["html"])
        if here["ours"] and not here["name"]:
            mute.append(here["html"])
        if len(reached) > count:
            break
    return Walk(count, page.evaluate(LEFT, sorted(reached)), blind, mute)
