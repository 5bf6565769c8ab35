-- Whoever listens learns that an account's revision moved, once the write that moved it is committed and not if it is rolled
-- back; in every process on this database. A number, never data: lost, doubled or late, it costs nothing.
CREATE FUNCTION "tell_revision"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('kt_revision', NEW."id"::text || ' ' || NEW."revision"::text);
  RETURN NULL;
END
$$;

CREATE TRIGGER "users_tell_revision" AFTER UPDATE OF "revision" ON "users"
  FOR EACH ROW WHEN (OLD."revision" IS DISTINCT FROM NEW."revision")
  EXECUTE FUNCTION "tell_revision"();
