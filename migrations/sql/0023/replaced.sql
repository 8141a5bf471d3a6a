-- What an import replaces is noted as it was, in a table of the transaction that imports: only the server knows
-- for certain what stood there when a reading was replaced. Whoever imports makes the table and says so; for all
-- others the condition costs a look at a setting.

CREATE FUNCTION reading_note_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO pg_temp.reading_replaced (series_id, time, value, whole, text)
    VALUES (OLD.series_id, OLD.time, OLD.value, OLD.whole, OLD.text);
  RETURN NULL;
END $$;

CREATE TRIGGER note_replaced AFTER UPDATE ON reading FOR EACH ROW
  WHEN (current_setting('dtbase.importing', true) = 'on')
  EXECUTE FUNCTION reading_note_replaced();
