/**
 * The views of schema `report`, for people with SQL (docs/sql.md). Their columns are a promise; the tables behind them
 * are ours to change. Not a migration: making a schema may be refused, and a migration that changes a table can't while
 * a view reads it. So they are dropped before migrations and made again after (migrate.ts).
 */
import { createHash } from 'node:crypto';
import { UNION } from '../sql/fact-marks.ts';

/**
 * A view with its columns, in order. Joins that only add columns are outer ones: the planner leaves those out that a
 * question does not ask for.
 */
type View = { readonly name: string; readonly columns: readonly string[]; readonly query: string };

export const VIEWS: readonly View[] = [
  {
    name: 'devices',
    columns: ['email', 'device', 'device_id', 'since', 'last_sync'],
    query: `
      select users.email, devices.hostname, devices.device_id, devices.created_at, devices.last_sync_at
      from devices left join users using (account)
      where not devices.own
        or exists (select from buckets where account = devices.account and device_uuid = devices.id)`,
  },
  {
    name: 'buckets',
    columns: ['email', 'device', 'bucket', 'type', 'client', 'hostname', 'created', 'events'],
    query: `
      select users.email, devices.hostname, buckets.public_id, buckets.bucket_type, buckets.client, buckets.hostname,
        buckets.created_at, buckets.event_rows
      from buckets left join users using (account)
      left join devices on devices.account = buckets.account and devices.id = buckets.device_uuid`,
  },
  {
    name: 'events',
    columns: ['email', 'device', 'bucket', 'type', 'start', 'end', 'seconds', 'data'],
    query: `
      select users.email, devices.hostname, buckets.public_id, buckets.bucket_type, events.timestamp,
        events.timestamp + events.duration_ns / 1000 * interval '1 microsecond',
        (events.duration_ns / 1e9)::float8, event_values.data
      from buckets join events on events.account = buckets.account and events.bucket = buckets.number
      left join users on users.account = buckets.account
      left join devices on devices.account = buckets.account and devices.id = buckets.device_uuid
      left join event_values on event_values.account = events.account and event_values.value = events.value`,
  },
  {
    name: 'daily',
    columns: ['email', 'day', 'device', 'value', 'category', 'seconds', 'complete'],
    // A value that is gone counts no more, as in the query `activity`. A day without anything has one row.
    query: `
      select users.email, date '1970-01-01' + days.day, devices.hostname, known.data, value_categories.category,
        coalesce(totals.ms / 1000.0, 0)::float8,
        days.made and not exists (
          select from fact_marks where account = days.account and scope = '${UNION}'::uuid
            and day between days.first_day and days.last_day
        )
      from report_days days left join users using (account)
      left join (
        report_totals totals
        join event_values known on known.account = totals.account and known.value = totals.value
      ) on totals.account = days.account and totals.day = days.day
      left join devices on devices.account = totals.account and devices.id = totals.device
      left join value_categories
        on value_categories.account = totals.account and value_categories.value = totals.value`,
  },
];

/**
 * The columns that the views read. A view asks as whoever reads it (security_invoker), so these are granted to each
 * role: no hash of a key, no setting.
 */
export const GRANTED: Readonly<Record<string, readonly string[]>> = {
  users: ['account', 'email'],
  devices: ['account', 'id', 'device_id', 'hostname', 'created_at', 'last_sync_at', 'own'],
  buckets: [
    ...['account', 'number', 'device_uuid', 'public_id', 'bucket_type'],
    ...['client', 'hostname', 'created_at', 'event_rows'],
  ],
  events: ['account', 'bucket', 'timestamp', 'duration_ns', 'value'],
  event_values: ['account', 'value', 'data'],
  report_days: ['account', 'day', 'first_day', 'last_day', 'made'],
  report_totals: ['account', 'day', 'device', 'value', 'ms'],
  value_categories: ['account', 'value', 'category'],
  fact_marks: ['account', 'scope', 'day'],
};

/** Tells views of one version from those of another. */
export const VERSION = createHash('sha256').update(JSON.stringify(VIEWS)).digest('hex').slice(0, 12);

/** What makes the views anew in a schema (quoted) that is there. The tables are those of the session's search path. */
export const viewsScript = (schema: string): string =>
  [
    dropScript(schema),
    ...VIEWS.map(
      ({ name, columns, query }) =>
        `create view ${schema}.${name} (${columns.map((column) => `"${column}"`).join(', ')})
          with (security_invoker = true) as ${query}`,
    ),
    // Whoever may use the schema; what they see is decided by the tables.
    ...VIEWS.map(({ name }) => `grant select on ${schema}.${name} to public`),
  ].join(';\n');

export const dropScript = (schema: string): string =>
  `drop view if exists ${VIEWS.map(({ name }) => `${schema}.${name}`).join(', ')}`;
