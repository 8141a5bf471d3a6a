"""On a phone or a tablet nothing reaches over an edge; a finger finds what it presses."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.conftest import PATIENCE, Site
from tests.acceptance.shared_pages import SharedPage
from tests.acceptance.test_accessibility import PAGES
from tests.acceptance.test_shell import PHONE

pytestmark = pytest.mark.timeout(300)

WIDE = """() => {
  const edge = document.documentElement.clientWidth;
  const held = element => {
    for (let above = element.parentElement; above; above = above.parentElement)
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(above).overflowX)) return true;
    return false;
  };
  const over = [...document.querySelectorAll('#react-entry-point *')].filter(element =>
    element.checkVisibility({ visibilityProperty: true }) && !element.closest('svg')
    && element.getBoundingClientRect().right > edge + 1 && !held(element));
  return over.map(element => element.outerHTML.slice(0, 120));
}"""
"""What reaches over the right edge, and cannot be brought in by scrolling its card."""

SMALL = """() => {
  const asked = '.btn, .form-control, .form-select, .form-check-label, .dt-seg label, '
    + '.nav-tabs .nav-link, .dt-tab, .dt-more-entry, summary, '
    + ':is(th, td, dd, .dt-card-head, .dt-card-foot) > a';
  const apart = 'svg, .visually-hidden, .js-plotly-plot, .modebar, .ag-root-wrapper, .mp-view, '
    + '.ov-find, .ex-find, p, label.btn';
  return [...document.querySelectorAll(asked)].filter(element => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
      && !element.closest(apart) && box.width > 1 && box.height > 1 && box.height < 39.5;
  }).map(element => element.outerHTML.slice(0, 120));
}"""
"""Controls of less than 40 pixels; those that stand in one that is pressed whole are apart."""

CUT = """() => {
  const ink = document.createElement('canvas').getContext('2d');
  return [...document.querySelectorAll('.form-select')].filter(select => {
    const style = getComputedStyle(select);
    ink.font = style.font;
    const around = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const words = ink.measureText(select.selectedOptions[0]?.text).width;
    return select.checkVisibility() && words > select.clientWidth - around + 1;
  }).map(select => select.outerHTML.slice(0, 120));
}"""
"""Choices whose words are longer than their field."""

SPILT = """() => [...document.querySelectorAll('#table-drawer *, .dt-toasts *, .lg-form *')].filter(
  element => /block|flex/.test(getComputedStyle(element).display)
    && element.checkVisibility({ visibilityProperty: true })
    && getComputedStyle(element).overflowX === 'visible'
    && [...element.childNodes].some(part => part.nodeType === Node.TEXT_NODE && part.data.trim())
    && element.scrollWidth > element.clientWidth + 1
).map(element => element.outerHTML.slice(0, 120))"""
"""Texts that run out of what they stand in."""

CROWDED = """() => {
  const apart = 'nav, aside, svg, .js-plotly-plot, .ag-root-wrapper, .mp-view, .visually-hidden';
  const holds = element => /auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX);
  const within = (element, card) => {
    for (let above = element.parentElement; above !== card; above = above.parentElement)
      if (holds(above)) return true;
    return holds(card);
  };
  const beyond = element => {
    const card = element.parentElement.closest('.dt-card, header');
    return card && !within(element, card)
      && !/absolute|fixed/.test(getComputedStyle(element).position)
      && element.getBoundingClientRect().right > card.getBoundingClientRect().right + 1;
  };
  const starved = element => getComputedStyle(element).textOverflow === 'ellipsis'
    && element.scrollWidth > element.clientWidth + 1 && element.clientWidth < 48;
  return [...document.querySelectorAll('#react-entry-point *')].filter(element =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !element.closest(apart) && (beyond(element) || starved(element))
  ).map(element => element.outerHTML.slice(0, 120));
}"""
"""What reaches out of its card, and texts of which fewer than a few letters are left."""

OTHERS = (320, 768, 834, 1024, 1280)
"""Widths of the oldest phones, of tablets upright and lying, and of a small laptop."""

LONG = "ada.of.the.north.house.and.its.garden@greenhouses.example.org"

LOOKS = {"wide": WIDE, "small": SMALL, "cut": CUT}


@pytest.fixture(scope="session")
def phone_page(browser: Browser) -> SharedPage:
    touched = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
    return SharedPage(browser, touched)


@pytest.fixture
def phone(phone_page: SharedPage, site: Site, signed_in: Sequence[Any]) -> Iterator[Page]:
    """Take a phone that Ada has logged in with."""
    with phone_page.lent(site.url, signed_in, PATIENCE) as page:
        yield page


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_a_page_whole_with_what_a_finger_can_press_and_other_screens_too(
    phone: Page, site: Site, name: str
) -> None:
    path, ready = PAGES[name]
    phone.goto(f"{site.url}{path}")
    expect(phone.locator(ready).first).to_be_visible()
    expect(phone.locator(".busy")).to_have_count(0)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    found = {what: phone.evaluate(look) for what, look in LOOKS.items()}
    assert found == {what: [] for what in LOOKS}
    for width in OTHERS:
        phone.set_viewport_size({"width": width, "height": 900})
        phone.wait_for_function("width => innerWidth === width", arg=width)  # charts follow
        assert (width, phone.evaluate(WIDE), phone.evaluate(CROWDED)) == (width, [], [])


def test_all_pages_behind_more_are_reached(phone: Page, site: Site) -> None:
    phone.goto(f"{site.url}/")
    phone.get_by_role("navigation", name="Main, phone").get_by_text("More").tap()
    entries = phone.locator(".dt-more-entry")
    for entry in (entries.first, entries.last):
        entry.scroll_into_view_if_needed()
        box = entry.bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= PHONE["height"] - box["height"]
    entries.first.tap()
    expect(phone).not_to_have_url(f"{site.url}/")


def test_a_question_lies_on_top_of_the_drawer_that_asks_it(phone: Page, site: Site) -> None:
    phone.goto(f"{site.url}/sensors?open=JFK")
    phone.get_by_role("button", name="Delete…").tap()
    phone.get_by_role("button", name="Keep").tap()
    expect(phone.get_by_role("button", name="Keep")).to_be_hidden()
    expect(phone.locator("#table-form")).to_be_visible()


def test_a_link_and_a_key_that_are_shown_once_fit_with_long_names(phone: Page, site: Site) -> None:
    phone.goto(f"{site.url}/invitations?new=1")
    form = phone.locator("#table-drawer")
    form.get_by_label("E-mail").fill(LONG)
    form.get_by_role("button", name="Add invitation").tap()
    link = form.get_by_label("The link of the invitation").input_value()
    assert {what: phone.evaluate(look) for what, look in {**LOOKS, "spilt": SPILT}.items()} == {
        what: [] for what in (*LOOKS, "spilt")
    }
    phone.goto(link)
    expect(phone.get_by_text(f"You come in as {LONG}")).to_be_visible()
    assert [phone.evaluate(look) for look in (WIDE, CUT, SPILT)] == [[], [], []]
    phone.goto(f"{site.url}/keys?new=1")
    form.get_by_label("Name").fill(LONG)
    form.get_by_label("Push readings").check()
    form.get_by_role("button", name="Add key").tap()
    expect(form.get_by_label("The secret of the new key")).to_be_visible()
    assert [phone.evaluate(look) for look in (*LOOKS.values(), SPILT)] == [[], [], [], []]
