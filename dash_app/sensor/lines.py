"""Ready lines by which a device sends its readings."""

from dtbase.domain.registry.measures import Datatype

VALUES = {
    Datatype.FLOAT: "21.5",
    Datatype.INTEGER: "3",
    Datatype.BOOLEAN: "true",
    Datatype.STRING: '"open"',
}
PYTHON = {**VALUES, Datatype.BOOLEAN: "True"}

CURL = """curl --fail-with-body {url}/v1/readings \\
  --header "Authorization: Bearer {key}" \\
  --json "{{\\"readings\\": [{{
    \\"sensor\\": \\"{sensor}\\", \\"measure\\": \\"{measure}\\",
    \\"time\\": \\"$(date -u +%FT%TZ)\\", \\"value\\": {value}}}]}}"
"""
CLIENT = """from datetime import UTC, datetime

from dtbase.client import Client

with Client("{url}", api_key="{key}") as twin:
    print(twin.readings.push_values("{sensor}/{measure}", [datetime.now(UTC)], [{value}]))
"""
SKETCH = """// ESP32, Arduino core 2 or later
#include <HTTPClient.h>
#include <WiFi.h>
#include <time.h>

void setup() {{
  WiFi.begin("your network", "its password");
  while (WiFi.status() != WL_CONNECTED) delay(250);
  configTime(0, 0, "pool.ntp.org");              // UTC
  while (time(nullptr) < 1700000000) delay(250); // until the clock is set
}}

void loop() {{
  char at[25];
  time_t now = time(nullptr);
  strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
  String body = String("{{\\"readings\\": [{{\\"sensor\\": \\"{sensor}\\", ") +
                "\\"measure\\": \\"{measure}\\", \\"time\\": \\"" + at +
                "\\", \\"value\\": " + String({value}) + "}}]}}";
  HTTPClient http;
  http.begin("{url}/v1/readings");
  http.addHeader("Authorization", "Bearer {key}");
  http.addHeader("Content-Type", "application/json");
  int answer = http.POST(body);                  // 200: stored
  http.end();
  delay(60000);
}}
"""


def curl(url: str, key: str, sensor: str, measure: str, datatype: Datatype) -> str:
    value = VALUES[datatype].replace('"', '\\"')
    return CURL.format(url=url, key=key, sensor=sensor, measure=measure, value=value)


def python(url: str, key: str, sensor: str, measure: str, datatype: Datatype) -> str:
    value = PYTHON[datatype]
    return CLIENT.format(url=url, key=key, sensor=sensor, measure=measure, value=value)


def sketch(url: str, key: str, sensor: str, measure: str, datatype: Datatype) -> str:
    """Return a sketch for a microcontroller; a text or truth is written where the number stands."""
    value = {Datatype.BOOLEAN: '"true"', Datatype.STRING: '"\\"open\\""'}.get(datatype, "21.5")
    return SKETCH.format(url=url, key=key, sensor=sensor, measure=measure, value=value)
