-- What a twin of revision 0010 held, of every table a little; written by the code of that day.
INSERT INTO public.user_account OVERRIDING SYSTEM VALUE VALUES
  (1, 'ann@example.org', '$argon2id$v=19$m=8,t=1,p=1$b0w3jqSlKX3EXuPm+Qb8ZQ$unaDtrM+IVTjb3Ffwt/V+hmC8u8CDV/PRm4O6106sbI', 'admin', true, '2026-11-27 06:15:44.299866+00');
INSERT INTO public.api_key OVERRIDING SYSTEM VALUE VALUES
  (1, 1, 'gateway', '\x48aee22d4c9a0ee05dd9f152e5a3bd4d7f31fe0f6fe4de4e9493a8c6f8213f4d', 'admin', '{readings:write}', true, '2026-11-27 06:15:47.979147+00', NULL, NULL);
INSERT INTO public.sensor_type OVERRIDING SYSTEM VALUE VALUES
  (1, 'station', NULL),
  (2, 'type-1', 'kind 1'),
  (3, 'type-2', 'kind 2'),
  (4, 'type-3', 'kind 3'),
  (5, 'everything', NULL);
INSERT INTO public.sensor OVERRIDING SYSTEM VALUE VALUES
  (1, 'probe', NULL, NULL, 1, '2026-11-27 06:15:45.433052+00'),
  (2, 'sensor-1', 'Sensor 1', NULL, 1, '2026-11-27 06:15:46.015398+00'),
  (3, 'sensor-2', 'Sensor 2', NULL, 1, '2026-11-27 06:15:46.043025+00'),
  (4, 'sensor-3', 'Sensor 3', NULL, 1, '2026-11-27 06:15:46.082447+00'),
  (5, 'one', NULL, NULL, 5, '2026-11-27 06:15:47.979147+00');
INSERT INTO public.api_key_sensor VALUES
  (1, 5);
INSERT INTO public.audit_entry OVERRIDING SYSTEM VALUE VALUES
  (1, '2026-11-27 06:15:44.350487+00', 'dtbase', 'created', 'user', 'ann@example.org', NULL, '{"id": 1, "role": "admin", "email": "ann@example.org", "active": true, "created_at": "2026-11-27T06:15:44.299866Z"}'),
  (2, '2026-11-27 06:15:45.21226+00', 'ann@example.org', 'created', 'measure', 'temperature [degC]', NULL, '{"name": "temperature", "unit": "degC", "datatype": "float", "statistic": "mean"}'),
  (3, '2026-11-27 06:15:45.228822+00', 'ann@example.org', 'created', 'sensor type', 'station', NULL, '{"name": "station", "measures": [{"name": "temperature", "unit": "degC", "datatype": "float", "statistic": "mean"}], "description": null}');
INSERT INTO public.retention VALUES ('short', 400);
INSERT INTO public.measure OVERRIDING SYSTEM VALUE VALUES
  (2, 'measure-1', 'hPa', 'float', 'mean', 'default'),
  (3, 'measure-2', 'hPa', 'float', 'mean', 'default'),
  (4, 'measure-3', 'hPa', 'float', 'mean', 'default'),
  (9, 'rain', 'mm', 'float', 'total', 'default'),
  (10, 'energy', 'kWh', 'float', 'counter', 'default'),
  (11, 'direction', 'degree', 'float', 'circular', 'default'),
  (12, 'people', NULL, 'integer', 'mean', 'default'),
  (13, 'open', NULL, 'boolean', 'mean', 'default'),
  (14, 'state', NULL, 'string', 'mean', 'default'),
  (1, 'temperature', 'degC', 'float', 'mean', 'short');
INSERT INTO public.model OVERRIDING SYSTEM VALUE VALUES
  (1, 'oracle', NULL),
  (2, 'model-1', 'model 1'),
  (3, 'model-2', 'model 2'),
  (4, 'model-3', 'model 3'),
  (5, 'pool', NULL);
INSERT INTO public.scenario OVERRIDING SYSTEM VALUE VALUES
  (1, 1, 'default', NULL, '{}'),
  (2, 2, 'default', NULL, '{}'),
  (3, 3, 'default', NULL, '{}'),
  (4, 4, 'default', NULL, '{}'),
  (5, 1, 'scenario-1', NULL, '{"heat": [1, null, "x"]}'),
  (6, 1, 'scenario-2', NULL, '{"heat": [1, null, "x"]}'),
  (7, 1, 'scenario-3', NULL, '{"heat": [1, null, "x"]}'),
  (8, 5, 'default', NULL, '{}'),
  (9, 5, 'warm', NULL, '{}');
INSERT INTO public.series OVERRIDING SYSTEM VALUE VALUES
  (1, 1, 1),
  (2, 2, 1),
  (3, 3, 1),
  (4, 4, 1),
  (5, 5, 1),
  (6, 5, 9),
  (7, 5, 10),
  (8, 5, 11),
  (9, 5, 12),
  (10, 5, 13),
  (11, 5, 14);
INSERT INTO public.backtest OVERRIDING SYSTEM VALUE VALUES
  (1, 8, 5, '2026-02-26 00:00:00+00', '2026-02-28 00:00:00+00', 12, '1 day', '{}', 'succeeded', NULL, 2, 2, '{"leads": [{"figures": {"mae": 0.22716130638335263, "wql": 0.0072502151903343, "mase": 0.7664939737288443, "rmse": 0.2665430241385414, "skill": 0.367532325614795, "points": 12, "coverage": {"80": 91.66666666666666, "95": 100.0}}, "after_hours": 0.0, "until_hours": 6.0}, {"figures": {"mae": 0.2566871167755374, "wql": 0.008019685670808354, "mase": 0.8661207811961245, "rmse": 0.2801644545160245, "skill": 0.07500138098905451, "points": 12, "coverage": {"80": 91.66666666666666, "95": 100.0}}, "after_hours": 6.0, "until_hours": 12.0}], "total": {"mae": 0.24192421157944502, "wql": 0.007626192289565836, "mase": 0.8163073774624844, "rmse": 0.2734385719784067, "skill": 0.24002865472425616, "points": 24, "coverage": {"80": 91.66666666666666, "95": 100.0}}, "origins": 2, "without": 0}', '2026-11-27 06:16:06.378218+00', '2026-11-27 06:16:06.828243+00', '2026-11-27 06:16:07.138913+00'),
  (2, 8, 5, '2026-02-26 00:00:00+00', '2026-02-28 00:00:00+00', 12, '1 day', '{}', 'queued', NULL, 0, 0, NULL, '2026-11-27 06:16:07+00', NULL, NULL);
INSERT INTO public.location_schema OVERRIDING SYSTEM VALUE VALUES
  (1, 'point', NULL),
  (2, 'schema-1', 'schema 1'),
  (3, 'schema-2', 'schema 2'),
  (4, 'schema-3', 'schema 3');
INSERT INTO public.location OVERRIDING SYSTEM VALUE VALUES
  (1, 'here', 'Here', NULL, '{}', NULL),
  (2, 'place-1', 'Place 1', 1, '{"x": 1.5}', 1),
  (3, 'place-2', 'Place 2', 1, '{"x": 1.5}', 1),
  (4, 'place-3', 'Place 3', 1, '{"x": 1.5}', 1);
INSERT INTO public.installation OVERRIDING SYSTEM VALUE VALUES
  (1, '2024-01-01 00:00:00+00', 1, 1),
  (1, '2024-01-02 00:00:00+00', 1, 2),
  (1, '2024-01-03 00:00:00+00', 1, 3);
INSERT INTO public.location_field VALUES
  (1, 'x', 0, 'float', 'm', true),
  (2, 'x', 0, 'float', 'm', true),
  (3, 'x', 0, 'float', 'm', true),
  (4, 'x', 0, 'float', 'm', true);
INSERT INTO public.service OVERRIDING SYSTEM VALUE VALUES
  (1, 'forecast', 'python', 'Forecast many series, under one or several scenarios.', 'forecast', '{"type": "object", "$defs": {"JsonValue": {}}, "title": "ForecastParameters", "properties": {"model": {"type": "string", "title": "Model", "default": "pool", "description": "One of the models that workers can run."}, "series": {"type": "array", "items": {"type": "string"}, "title": "Series", "default": [], "description": "sensor/measure, once for each."}, "horizon": {"type": "integer", "title": "Horizon", "default": 48, "maximum": 20160, "minimum": 1, "description": "Steps of each series'' cadence."}, "location": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Location", "default": null, "description": "All sensors at a location or anywhere in it."}, "measures": {"type": "array", "items": {"type": "string"}, "title": "Measures", "default": [], "description": "Of these sensors only these measures."}, "scenarios": {"type": "array", "items": {"type": "string"}, "title": "Scenarios", "default": ["default"], "maxItems": 20, "minItems": 1, "description": "Each series is run under each."}, "parameters": {"type": "object", "title": "Parameters", "default": {}, "description": "They win over the scenarios''.", "additionalProperties": {"$ref": "#/$defs/JsonValue"}}, "sensor_type": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Sensor Type", "default": null, "description": "All sensors of a type."}}, "description": "What to forecast: series by name, by type of sensor, or by location with all its parts.", "additionalProperties": false}', 'dtbase 0.1.0', 3600, 0, 30, NULL, '{}', '2026-11-27 06:16:05.585971+00', NULL, NULL, '{}', NULL, '{}', NULL),
  (2, 'import-file', 'python', 'Import readings from a file of any size; repeating it changes nothing.', 'maintenance', '{"type": "object", "title": "ImportParameters", "required": ["file"], "properties": {"file": {"type": "string", "title": "File", "description": "CSV (.gz, .zst) or Parquet, below the worker''s DTBASE_IMPORT_FOLDER."}, "time": {"type": "string", "title": "Time", "default": "time", "description": "The column of times."}, "columns": {"type": "object", "title": "Columns", "default": {}, "description": "Column: sensor/measure, for one column each; else sensor, measure, value.", "additionalProperties": {"type": "string"}}, "timezone": {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "null"}], "title": "Timezone", "default": null, "description": "The zone of times without an offset."}, "ambiguous": {"enum": ["refuse", "earliest", "latest"], "type": "string", "title": "Ambiguous", "default": "refuse"}}, "description": "Which file, and how it holds its readings.", "additionalProperties": false}', 'dtbase 0.1.0', 43200, 1, 30, NULL, '{}', '2026-11-27 06:16:05.607734+00', NULL, NULL, '{}', NULL, '{}', NULL),
  (3, 'maintain-storage', 'python', 'Drop what nobody keeps any more, compress what is old, forget old runs of services.', 'forecast', '{"type": "object", "title": "NoParameters", "properties": {}, "description": "The parameters of a service that takes none.", "additionalProperties": false}', 'dtbase 0.1.0', 43200, 1, 30, 1, '{}', '2026-11-27 06:16:05.619114+00', NULL, NULL, '{}', NULL, '{}', NULL),
  (4, 'refresh-aggregates', 'python', 'Bring the hourly and daily aggregates up to date.', 'maintenance', '{"type": "object", "title": "NoParameters", "properties": {}, "description": "The parameters of a service that takes none.", "additionalProperties": false}', 'dtbase 0.1.0', 600, 1, 10, 1, '{}', '2026-11-27 06:16:05.660365+00', NULL, NULL, '{}', NULL, '{}', NULL),
  (5, 'replay-demo', 'python', 'Push the demo''s hours that have come since the last time.', 'ingest', '{"type": "object", "title": "ReplayParameters", "properties": {"forecasts": {"type": "boolean", "title": "Forecasts", "default": false, "description": "Forecast the demo anew on all its hours."}}, "description": "What else to do.", "additionalProperties": false}', 'dtbase 0.1.0', 600, 2, 20, 1, '{}', '2026-11-27 06:16:05.666428+00', NULL, NULL, '{}', NULL, '{}', NULL),
  (6, 'score', 'python', 'Score what runs have predicted against what was read since; note drift, promote models.', 'maintenance', '{"type": "object", "title": "NoParameters", "properties": {}, "description": "The parameters of a service that takes none.", "additionalProperties": false}', 'dtbase 0.1.0', 3600, 1, 10, 1, '{}', '2026-11-27 06:16:05.716967+00', NULL, NULL, '{}', NULL, '{}', NULL),
  (7, 'weather', 'python', 'Weather of a place: fills the gaps of a sensor''s past, and stores the forecast as a run.', 'ingest', '{"type": "object", "$defs": {"Element": {"enum": ["temperature", "dew_point", "humidity", "wind_direction", "wind_speed", "wind_gust", "precipitation", "pressure", "visibility"], "type": "string", "title": "Element", "description": "A measure of the weather, by its name in the twin."}, "ProviderName": {"enum": ["open-meteo", "openweathermap"], "type": "string", "title": "ProviderName", "description": "A provider of weather; also the name of the model whose runs its forecasts are."}}, "anyOf": [{"required": ["location"], "properties": {"location": {"type": "string"}}}, {"required": ["latitude", "longitude"], "properties": {"latitude": {"type": "number"}, "longitude": {"type": "number"}}}], "title": "WeatherParameters", "examples": [{"sensor": "newark-weather", "location": "newark-airport"}], "properties": {"sensor": {"type": "string", "title": "Sensor", "default": "weather", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", "description": "Where it is stored; made with the type Weather if it is not there."}, "latitude": {"anyOf": [{"type": "number", "maximum": 90, "minimum": -90}, {"type": "null"}], "title": "Latitude", "default": null, "description": "Degrees north, in place of a location."}, "location": {"anyOf": [{"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"}, {"type": "null"}], "title": "Location", "default": null, "description": "A location with the coordinates latitude and longitude, in degrees."}, "measures": {"type": "array", "items": {"$ref": "#/$defs/Element"}, "title": "Measures", "default": ["temperature", "dew_point", "humidity", "wind_direction", "wind_speed", "wind_gust", "precipitation", "pressure", "visibility"], "minItems": 1, "description": "What to ask for; by default everything."}, "provider": {"$ref": "#/$defs/ProviderName", "default": "open-meteo", "description": "Who is asked; openweathermap needs a key."}, "longitude": {"anyOf": [{"type": "number", "maximum": 180, "minimum": -180}, {"type": "null"}], "title": "Longitude", "default": null, "description": "Degrees east, in place of a location."}, "most_calls": {"type": "integer", "title": "Most Calls", "default": 50, "maximum": 1000, "minimum": 1, "description": "The most calls of one run; the next run goes on."}, "past_hours": {"type": "integer", "title": "Past Hours", "default": 48, "maximum": 87840, "minimum": 0, "description": "How far back gaps are filled; 0 for none."}, "future_hours": {"type": "integer", "title": "Future Hours", "default": 48, "maximum": 360, "minimum": 0, "description": "How far ahead to store the forecast; 0 for none."}}, "description": "Whose weather, which hours of it, from whom, and to which sensor it goes.", "additionalProperties": false}', 'dtbase 0.1.0', 1200, 2, 120, 2, '{}', '2026-11-27 06:16:05.757956+00', NULL, NULL, '{}', NULL, '{}', NULL);
INSERT INTO public.refresh_token OVERRIDING SYSTEM VALUE VALUES
  (1, 1, '9af1f345-6c30-477c-b14f-04a898bade7a', '\x9b7c61256be5424e32e49c22c08b2ff2506112b72bbd2fa7f127e6198ca3ff36', '2026-11-27 06:15:44.299866+00', '2026-12-27 06:15:44.358482+00', NULL, NULL);
INSERT INTO public.run OVERRIDING SYSTEM VALUE VALUES
  (1, 8, 5, 6, '{}', 'succeeded', NULL, '{"gaps": 0.0, "step": 3600.0, "notes": [], "start": "cold", "faults": 0, "future": 0, "method": "pool of autoregressions", "status": "ok", "cadence": 3600.0, "effects": {}, "options": {"levels": [80.0, 95.0], "circular": false, "timezone": "Europe/Madrid", "challengers": ["arima"], "window_days": 60.0, "level_adjustment": []}, "seconds": 0.09, "version": "0.1.0", "weights": [{"weights": [0.1689], "candidate": "mean of two weeks", "coefficients": []}, {"weights": [0.1939], "candidate": "yesterday", "coefficients": [-0.058358, 1.496512, -0.492552, -0.009114, -0.000317, -0.000484, -0.001853, -0.12137, -0.087801, 0.019987, 0.072501, -0.011603]}, {"weights": [0.1413], "candidate": "half a day", "coefficients": [-0.060895, 1.354036, -0.580628, -0.007949, -0.001713, -0.000531, -0.002133, -0.115928, -0.086114, 0.031892, 0.050909, 0.017098, -0.053564, -0.116161, -0.011937, 0.038889, -0.00337, 0.077619, -0.006147]}, {"weights": [0.2478], "candidate": "three days", "coefficients": [-0.066201, 1.728683, -0.556489, -0.010168, -0.000391, -0.000245, -0.001774, -0.004037, 0.010676, -0.166062, -0.069402, 0.032899, 0.036151, 0.006414, 0.104852, 0.012052, -0.073028, -0.165454, -0.151993, 0.067825, 0.10334, -0.02151]}, {"weights": [0.0673], "candidate": "changes on yesterday", "coefficients": [0.002741, -0.107611, -0.072251, -0.003139, -0.544887, 0.028438, -0.413437]}, {"weights": [0.1808], "candidate": "arima", "coefficients": [-0.15162351006362587, -0.11525492777804752, 0.017315535861628612]}], "backtest": {"mae": 0.2102612813083768, "wql": 0.009514905947825565, "days": 12.0, "mase": 0.7067606094399221, "rmse": 0.26485659126161076, "skill": 0.28732492019686995, "blocks": [{"block": {"last": 7, "after": 0.0, "first": 0, "until": 7.0}, "scores": {"mae": 0.2102612813083768, "wql": 0.009514905947825565, "mase": 0.7067606094399221, "rmse": 0.26485659126161076, "skill": 0.28732492019686995, "points": 161, "pinball": 0.04685618388946435, "coverage": {"80": 85.09316770186336, "95": 98.13664596273291}}}], "points": 161, "origins": 23, "pinball": 0.04685618388946435, "coverage": {"80": 85.09316770186336, "95": 98.13664596273291}}, "readings": 480, "converged": true, "parameters": [], "window_end": "2026-02-28T23:30:00+00:00", "window_start": "2026-02-08T23:30:00+00:00"}', '2026-11-27 06:16:05.788834+00', '2026-11-27 06:16:06.049837+00', '2026-11-27 06:16:06.294191+00', '2026-03-01 00:00:00+00', NULL, NULL),
  (2, 8, 5, 6, '{}', 'queued', NULL, '{}', '2026-11-27 06:16:07.142532+00', NULL, NULL, NULL, NULL, NULL),
  (3, 9, 5, 6, '{}', 'queued', NULL, '{}', '2026-11-27 06:16:07.142532+00', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.run_output OVERRIDING SYSTEM VALUE VALUES
  (1, 1, 1, 5, '{80,95}', '2026-03-01 00:30:00+00', '2026-03-01 06:30:00+00', '01:00:00', '2026-11-27 06:16:07.643196+00');
INSERT INTO public.schedule OVERRIDING SYSTEM VALUE VALUES
  (1, 'nightly', '{}', '01:00:00', true, '2026-03-01 00:00:00+00', NULL, 6, NULL, NULL, '2026-03-01 00:00:00+00', 'UTC', 'once', 0, '2026-03-01 00:00:00+00');
INSERT INTO public.score VALUES
  (1, 0, 8, 5, '2026-03-01 00:00:00+00', 6, 6, 1.6853169541984538, 1.722561820781598, 0.834804687956153, 83.1, 0.3885848300186747, 0.29749999999999993, 6, 1.722561820781598, 1.4299999999999997, '{80,95}', '{5,5}');
INSERT INTO public.score_month VALUES
  (8, 5, '2026-03-01', 0, 1, 6, 6, 6, 1.6853169541984538, 1.722561820781598, 0.834804687956153, 83.1, 0.3885848300186747, 5.790123767333104, 1.722561820781598, 1.4299999999999997, 5.790123767333104, 4.80672268907563, '{80,95}', '{6,6}', '{5,5}');
INSERT INTO public.score_scale VALUES
  (5, '01:00:00', '2026-03-01', 0.29749999999999993);
INSERT INTO public.score_watch VALUES
  (5, '2026-03-01 00:30:00+00', '2026-03-01 06:30:00+00');
INSERT INTO public.sensor_type_measure VALUES
  (1, 1, 0),
  (2, 1, 0),
  (3, 1, 0),
  (4, 1, 0),
  (5, 1, 0),
  (5, 9, 1),
  (5, 10, 2),
  (5, 11, 3),
  (5, 12, 4),
  (5, 13, 5),
  (5, 14, 6);
INSERT INTO public.service_run OVERRIDING SYSTEM VALUE VALUES
  (1, 6, NULL, '{}', NULL, NULL, 'dtbase', 'succeeded', 1, 0, NULL, NULL, false, 1, NULL, NULL, '{"runs": 0, "things": 0, "readings": 0, "unchanged": 0}', NULL, NULL, NULL, '2026-11-27 06:16:07.142532+00', '2026-11-27 06:16:07.142532+00', '2026-11-27 06:16:07.49207+00', '2026-11-27 06:16:07.734883+00'),
  (2, 6, NULL, '{}', NULL, NULL, 'dtbase', 'queued', 0, 0, NULL, NULL, false, NULL, NULL, NULL, '{}', NULL, NULL, NULL, '2026-11-27 06:16:07.803171+00', '2026-11-27 06:16:07.803171+00', NULL, NULL);
INSERT INTO public.service_run_log OVERRIDING SYSTEM VALUE VALUES
  (1, 1, '2026-11-27 06:16:07.689945+00', '1 predictions scored, 0 models drifting, 0 promoted');
INSERT INTO public.twin VALUES
  (1, 'Hut', 'Europe/Madrid', NULL);
SELECT pg_catalog.setval('public.api_key_id_seq', 1, true);
SELECT pg_catalog.setval('public.audit_entry_id_seq', 43, true);
SELECT pg_catalog.setval('public.backtest_id_seq', 2, true);
SELECT pg_catalog.setval('public.champion_id_seq', 1, false);
SELECT pg_catalog.setval('public.installation_id_seq', 3, true);
SELECT pg_catalog.setval('public.location_id_seq', 4, true);
SELECT pg_catalog.setval('public.location_schema_id_seq', 4, true);
SELECT pg_catalog.setval('public.measure_id_seq', 14, true);
SELECT pg_catalog.setval('public.model_id_seq', 5, true);
SELECT pg_catalog.setval('public.parameter_set_id_seq', 1, false);
SELECT pg_catalog.setval('public.refresh_token_id_seq', 1, true);
SELECT pg_catalog.setval('public.run_id_seq', 3, true);
SELECT pg_catalog.setval('public.run_output_id_seq', 1, true);
SELECT pg_catalog.setval('public.scenario_id_seq', 9, true);
SELECT pg_catalog.setval('public.schedule_id_seq', 1, true);
SELECT pg_catalog.setval('public.score_pending_id_seq', 1, false);
SELECT pg_catalog.setval('public.sensor_id_seq', 5, true);
SELECT pg_catalog.setval('public.sensor_type_id_seq', 5, true);
SELECT pg_catalog.setval('public.series_id_seq', 11, true);
SELECT pg_catalog.setval('public.service_id_seq', 7, true);
SELECT pg_catalog.setval('public.service_run_id_seq', 2, true);
SELECT pg_catalog.setval('public.service_run_log_id_seq', 1, true);
SELECT pg_catalog.setval('public.user_account_id_seq', 1, true);
INSERT INTO public.reading (series_id, time, value)
  SELECT 5, time, 10 + 5 * sin(extract(epoch FROM time) / 43200 * pi())
    FROM generate_series('2026-02-09', '2026-03-01 23:00', interval '1 hour') time;
INSERT INTO public.prediction (output_id, time, value, lower, upper)
  SELECT 1, time, 12, '{11, 10}', '{13, 14}'
    FROM generate_series('2026-03-01 01:00', '2026-03-01 06:00', interval '1 hour') time;
