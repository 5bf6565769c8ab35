-- Rows of: old_events or events, old_trashed_events or trashed_events
-- One page: 5,000 events or 16 MB of data at most, and once there are none left, of the trash. Each page is a transaction
-- of its own, which also notes how far it came. Gives how many rows the page had (0: nothing is left), and all so far.
WITH sized AS (
  SELECT *, sum(data_bytes) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) - data_bytes AS before
  FROM (
    SELECT * FROM old_events WHERE id > (SELECT id FROM carried_over WHERE what = 'events') ORDER BY id LIMIT 5000
  ) first
),
sized_trash AS (
  SELECT *, sum(data_bytes) OVER (ORDER BY bucket_uuid, id ROWS UNBOUNDED PRECEDING) - data_bytes AS before
  FROM (
    SELECT * FROM old_trashed_events
    WHERE (bucket_uuid, id) > ((SELECT bucket FROM carried_over WHERE what = 'trash'),
        (SELECT id FROM carried_over WHERE what = 'trash'))
      AND NOT EXISTS (SELECT FROM sized)
    ORDER BY bucket_uuid, id LIMIT 5000
  ) first
),
page AS MATERIALIZED (
  SELECT false AS trashed, bucket.account, bucket.number AS bucket, old.id, old.timestamp, old.duration_ns,
    old.source_id, old.content_hash, old.revision, old.data, NULL::timestamptz AS trashed_at,
    substr(sha256(convert_to(old.data::text, 'UTF8')), 1, 16) AS hash
  FROM sized old JOIN buckets bucket ON bucket.id = old.bucket_uuid
  WHERE old.before < 16000000
  UNION ALL
  SELECT true, bucket.account, bucket.number, old.id, old.timestamp, old.duration_ns, NULL, NULL, NULL, old.data,
    old.trashed_at, substr(sha256(convert_to(old.data::text, 'UTF8')), 1, 16)
  FROM sized_trash old JOIN buckets bucket ON bucket.id = old.bucket_uuid
  WHERE old.before < 16000000
),
data AS (SELECT DISTINCT ON (account, hash) account, hash, data FROM page),
known AS (
  SELECT data.account, data.hash, there.value
  FROM data CROSS JOIN LATERAL (
    SELECT value FROM event_values WHERE account = data.account AND hash = data.hash OFFSET 0
  ) there
),
fresh AS (
  SELECT data.*, row_number() OVER (PARTITION BY data.account) AS nth
  FROM data LEFT JOIN known USING (account, hash) WHERE known.value IS NULL
),
counted AS (
  UPDATE users SET last_value = users.last_value + fresh.count
  FROM (SELECT account, count(*)::int AS count FROM fresh GROUP BY account) fresh
  WHERE users.account = fresh.account
  RETURNING users.account, users.last_value - fresh.count AS before
),
made AS (
  INSERT INTO event_values (account, value, hash, data)
  SELECT fresh.account, counted.before + fresh.nth, fresh.hash, fresh.data FROM fresh JOIN counted USING (account)
  RETURNING account, value, hash
),
valued AS (
  SELECT page.*, coalesce(known.value, made.value) AS value
  FROM page LEFT JOIN known USING (account, hash) LEFT JOIN made USING (account, hash)
),
carried AS (
  INSERT INTO events (account, bucket, id, timestamp, duration_ns, value, source_id, content_hash, revision)
  SELECT account, bucket, id, timestamp, duration_ns, value, source_id, content_hash, revision
  FROM valued WHERE NOT trashed
),
carried_trash AS (
  INSERT INTO trashed_events (account, bucket, id, timestamp, duration_ns, value, trashed_at)
  SELECT account, bucket, id, timestamp, duration_ns, value, trashed_at FROM valued WHERE trashed
),
came AS (
  UPDATE carried_over SET rows = rows + page.count, id = page.last
  FROM (SELECT count(*) AS count, max(id) AS last FROM page WHERE NOT trashed) page
  WHERE what = 'events' AND page.count > 0
),
came_with_trash AS (
  UPDATE carried_over SET rows = rows + page.count, bucket = page.bucket, id = page.id
  FROM (
    SELECT page.id, bucket.id AS bucket, count(*) OVER () AS count
    FROM page JOIN buckets bucket ON bucket.account = page.account AND bucket.number = page.bucket
    WHERE trashed ORDER BY bucket.id DESC, page.id DESC LIMIT 1
  ) page
  WHERE what = 'trash'
)
SELECT count(*)::int AS rows, (SELECT sum(rows) FROM carried_over)::float8 + count(*) AS done FROM page
