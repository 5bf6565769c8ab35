-- The old tables go once all of their rows are in the new ones. kt-server carries them over in pages before it comes to this
-- (pages.sql); nothing else does, so this refuses to drop what was not carried.
DO $$
BEGIN
  IF (SELECT count(*) FROM old_events) <> (SELECT rows FROM carried_over WHERE what = 'events')
    OR (SELECT count(*) FROM old_trashed_events) <> (SELECT rows FROM carried_over WHERE what = 'trash') THEN
    RAISE EXCEPTION 'events are not carried over yet: run "kt-server migrate"';
  END IF;
END
$$;
DROP TABLE "old_events", "old_trashed_events", "carried_over";
