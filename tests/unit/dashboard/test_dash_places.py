"""The tree of places: what stands in what, what is found, and what a place shows of itself."""

from dash_app.places.forest import MOST_ROWS, Forest
from dash_app.places.rows import Rows, inside, reach_of, tree
from dash_app.places.view import View, inside_of
from dtbase.domain.glance.overview import Concern, PlaceNow
from tests.dashboards import components_in
from tests.unit.dashboard.test_dash_overview import PLACES, series_of

SHED = PlaceNow(identifier="shed", name="Shed", parent=None)
FOREST = Forest(
    places=(*PLACES, SHED),
    series=(
        series_of("a/temperature", value=20.0),
        series_of("b/temperature", value=24.5),
        series_of("c/humidity", Concern.SILENT, location="house"),
    ),
)


def names(forest: Forest, words: str, within: str = "") -> list[str]:
    return [b.place.identifier for top in forest.shown(within, words) for b in top.walk()]


def test_places_stand_in_one_another() -> None:
    assert names(FOREST, "") == ["site", "house", "roof", "shed"]
    assert names(FOREST, "", within="house") == ["roof"]
    assert [place.identifier for place in FOREST.way_to("roof")] == ["site", "house", "roof"]


def test_what_is_found_keeps_the_way_to_it_and_all_that_stands_in_it() -> None:
    assert names(FOREST, "roof") == ["site", "house", "roof"]
    assert names(FOREST, "house") == ["site", "house", "roof"]
    assert names(FOREST, "humid") == ["site", "house", "roof"]
    assert names(FOREST, "nothing") == []


def test_a_place_tells_the_gravest_of_what_is_in_it_and_counts_what_it_holds() -> None:
    site, shed = FOREST.shown("", "")
    assert (site.concern, shed.concern) == (Concern.SILENT, None)
    assert (inside(site), inside(shed)) == ("2 places, 3 sensors", "nothing yet")


def test_several_sensors_of_a_measure_are_told_from_the_lowest_to_the_highest() -> None:
    assert reach_of(FOREST.series[:2]) == "20.0 to 24.5\N{NO-BREAK SPACE}°C"
    assert reach_of(FOREST.series[:1]) == "20.0\N{NO-BREAK SPACE}°C"


def test_more_rows_than_anybody_reads_are_told_instead_of_drawn() -> None:
    many = [PlaceNow(identifier=f"p{n}", name=f"P{n}", parent=None) for n in range(MOST_ROWS + 7)]
    forest = Forest(places=tuple(many), series=())
    drawn = tree("Twin", "", forest.shown("", ""), Rows(View(), may_edit=True))
    shown = [c for part in drawn for c in components_in(part)]
    items = [c for c in shown if getattr(c, "role", None) == "treeitem"]
    assert len(items) == MOST_ROWS + 1
    assert any("7 more places" in str(getattr(c, "children", "")) for c in shown)


def test_the_address_says_what_is_shown() -> None:
    view = View.parse("?q=a+b&in=site&at=roof")
    assert (view.words, view.within, view.at) == ("a b", "site", "roof")
    assert View.parse(view.search()) == view
    assert inside_of("site") == "/places?in=site&at=site"
