-- What the parameters of forecasts and backtests are, until a worker tells what its version takes.
UPDATE service SET summary = 'Try a model on a past window, as if the future had not been known.', parameters_schema = $json$
{
 "$defs": {
  "JsonValue": {}
 },
 "additionalProperties": false,
 "description": "A backtest, and of which model.",
 "examples": [
  {
   "end": "2026-02-01T00:00:00Z",
   "every_hours": 24,
   "horizon": 48,
   "measure": "temperature",
   "sensor": "EWR",
   "start": "2026-01-01T00:00:00Z"
  }
 ],
 "properties": {
  "sensor": {
   "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
   "title": "Sensor",
   "type": "string"
  },
  "measure": {
   "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
   "title": "Measure",
   "type": "string"
  },
  "start": {
   "format": "date-time",
   "title": "Start",
   "type": "string"
  },
  "end": {
   "format": "date-time",
   "title": "End",
   "type": "string"
  },
  "every_hours": {
   "default": 24,
   "description": "Between two forecasts.",
   "maximum": 8760,
   "minimum": 0.1,
   "title": "Every Hours",
   "type": "number"
  },
  "horizon": {
   "default": 48,
   "description": "Steps of the series' cadence.",
   "maximum": 20160,
   "minimum": 1,
   "title": "Horizon",
   "type": "integer"
  },
  "scenario": {
   "default": "default",
   "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
   "title": "Scenario",
   "type": "string"
  },
  "parameters": {
   "additionalProperties": {
    "$ref": "#/$defs/JsonValue"
   },
   "default": {},
   "maxProperties": 1000,
   "title": "Parameters",
   "type": "object"
  },
  "model": {
   "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
   "title": "Model",
   "type": "string"
  }
 },
 "required": [
  "sensor",
  "measure",
  "start",
  "end",
  "model"
 ],
 "title": "BacktestParameters",
 "type": "object"
}
$json$
 WHERE name = 'backtest' AND seen_at IS NULL;
UPDATE service SET summary = 'Forecast one series or many, under one or several scenarios.', parameters_schema = $json$
{
 "$defs": {
  "JsonValue": {}
 },
 "additionalProperties": false,
 "description": "What to forecast: series by name, by type of sensor, or by location with all its parts.",
 "properties": {
  "model": {
   "default": "pool",
   "description": "One of the models that workers can run.",
   "title": "Model",
   "type": "string"
  },
  "series": {
   "default": [],
   "description": "sensor/measure, once for each.",
   "items": {
    "type": "string"
   },
   "title": "Series",
   "type": "array"
  },
  "sensor_type": {
   "anyOf": [
    {
     "type": "string"
    },
    {
     "type": "null"
    }
   ],
   "default": null,
   "description": "All sensors of a type.",
   "title": "Sensor Type"
  },
  "location": {
   "anyOf": [
    {
     "type": "string"
    },
    {
     "type": "null"
    }
   ],
   "default": null,
   "description": "All sensors at a location or anywhere in it.",
   "title": "Location"
  },
  "measures": {
   "default": [],
   "description": "Of these sensors only these measures.",
   "items": {
    "type": "string"
   },
   "title": "Measures",
   "type": "array"
  },
  "horizon": {
   "default": 48,
   "description": "Steps of each series' cadence.",
   "maximum": 20160,
   "minimum": 1,
   "title": "Horizon",
   "type": "integer"
  },
  "scenarios": {
   "default": [
    "default"
   ],
   "description": "Each series is run under each.",
   "items": {
    "type": "string"
   },
   "maxItems": 20,
   "minItems": 1,
   "title": "Scenarios",
   "type": "array"
  },
  "parameters": {
   "additionalProperties": {
    "$ref": "#/$defs/JsonValue"
   },
   "default": {},
   "description": "They win over the scenarios'.",
   "title": "Parameters",
   "type": "object"
  }
 },
 "title": "ForecastParameters",
 "type": "object"
}
$json$
 WHERE name = 'forecast' AND seen_at IS NULL;
