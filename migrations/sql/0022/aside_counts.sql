-- How many readings are set aside by each rule: each statement adds a line, so that no writer waits
-- for another; a service adds the lines up.

CREATE TABLE aside_count (
  rule text NOT NULL,
  n bigint NOT NULL
);
INSERT INTO aside_count SELECT rule, count(*) FROM reading_aside GROUP BY rule;

CREATE FUNCTION aside_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO aside_count SELECT rule, count(*) FROM came GROUP BY rule;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO aside_count SELECT rule, -count(*) FROM went GROUP BY rule;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER aside_came AFTER INSERT ON reading_aside REFERENCING NEW TABLE AS came
  FOR EACH STATEMENT EXECUTE FUNCTION aside_counted();
CREATE TRIGGER aside_changed AFTER UPDATE ON reading_aside
  REFERENCING NEW TABLE AS came OLD TABLE AS went
  FOR EACH STATEMENT EXECUTE FUNCTION aside_counted();
CREATE TRIGGER aside_went AFTER DELETE ON reading_aside REFERENCING OLD TABLE AS went
  FOR EACH STATEMENT EXECUTE FUNCTION aside_counted();
