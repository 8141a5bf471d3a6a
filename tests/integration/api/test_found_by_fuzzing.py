"""What schemathesis found once stays mended."""

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize("value", [1.4537372373550444e16, -1e300, 2**53 + 1])
def test_a_coordinate_that_would_come_back_as_another_number_is_refused(
    api: TestClient, value: float
) -> None:
    new = {"identifier": "far", "name": "Far", "coordinates": {"distance": value}}
    assert api.post("/v1/locations", json=new).status_code == 422
    assert api.post("/v1/locations/bulk", json=[new]).status_code == 422
    assert api.get("/v1/locations").json() == []


def test_a_taken_name_is_refused_also_when_the_parent_changes_with_it(api: TestClient) -> None:
    for name in ("one", "two", "house"):
        api.post("/v1/locations", json={"identifier": name, "name": name})
    change = {"identifier": "two", "parent": "house"}
    answer = api.patch("/v1/locations/one", json=change)
    assert (answer.status_code, answer.json()["type"]) == (409, "already-exists")


@pytest.mark.parametrize("run_id", ["-53622992440782700544", "0", str(2**63)])
def test_the_id_of_a_run_is_bounded(api: TestClient, run_id: str) -> None:
    for path in (f"/v1/runs/{run_id}", f"/v1/runs/{run_id}/predictions"):
        assert api.get(path).status_code == 422


@pytest.mark.parametrize("time", ["0", "0.5", "-1e9", " 2026 "])
def test_a_number_is_no_time(api: TestClient, time: str) -> None:
    assert api.get("/v1/installations", params={"at": time}).status_code == 422
    assert api.get("/v1/scores", params={"start": time}).status_code == 422
    assert api.get("/v1/readings", params={"series": "a/b", "start": time}).status_code == 422
    new = {"name": "key", "scopes": ["*"], "expires_at": 4_000_000_000}
    assert api.post("/v1/keys", json=new).status_code == 422


def test_true_is_no_number(api: TestClient) -> None:
    assert api.put("/v1/retention/short", json={"keep_days": True}).status_code == 422
    request = {"method": "POST", "url": "https://models.example.org/run"}
    service = {"name": "model", "request": request, "retries": False}
    answer = api.post("/v1/services", json=service)
    assert answer.status_code == 422
    assert "retries" in [found["field"] for found in answer.json()["errors"]]


def test_a_name_that_nothing_can_have_is_refused_when_a_run_is_asked_for(api: TestClient) -> None:
    api.post("/v1/models", json={"name": "arima"})
    for sensor, measure in (("\0", "rain"), ("EWR", "\0"), ('\u0091"', "rain")):
        new = {"sensor": sensor, "measure": measure}
        assert api.post("/v1/models/arima/runs", json=new).status_code == 422
    known = {"sensor": "EWR", "measure": "rain", "parameters": {"a": "\0"}}
    assert api.post("/v1/models/arima/runs", json=known).status_code == 422
    assert api.post("/v1/models/a%00/runs", json={"sensor": "a", "measure": "b"}).status_code == 422


@pytest.mark.parametrize("value", [0, 1, "on", "false"])
@pytest.mark.parametrize(
    ("method", "path", "field", "rest"),
    [
        ("POST", "/v1/set-aside/drop", "all", {"rule": "fail"}),
        ("POST", "/v1/set-aside/take-in", "all", {"rule": "fail"}),
        ("POST", "/v1/views", "shared", {"name": "mine", "page": "/explore"}),
        ("PATCH", "/v1/schedules/daily", "enabled", {}),
        ("PATCH", "/v1/users/ada@example.org", "active", {}),
    ],
)
def test_a_number_or_a_text_is_no_yes_or_no(
    api: TestClient, method: str, path: str, field: str, rest: dict[str, str], value: object
) -> None:
    answer = api.request(method, path, json={**rest, field: value})
    assert answer.status_code == 422
    assert field in [found["field"] for found in answer.json()["errors"]]
