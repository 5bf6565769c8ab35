-- The process that wrote tells others after its commit. NOTIFY in the writing transaction takes a lock of the whole
-- database at the commit: 32 writers on 64 accounts went from 1,638 to 476 commits a second.
DROP TRIGGER "users_tell_revision" ON "users";
DROP FUNCTION "tell_revision"();
