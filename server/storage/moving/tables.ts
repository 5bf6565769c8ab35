/** Which tables go with an account to another database, and which stay behind. */

/**
 * A table of which an account's rows are copied, with every column but `account` and what is generated.
 *
 * `key`: the columns of its primary key behind the account, in whose order it is read. `size`: SQL for about how many
 * bytes a row takes besides a hundred. `uncompared`: columns that change while nobody writes. `drawn`: a column that
 * the other database draws anew.
 */
export type MovedTable = {
  readonly name: string;
  readonly key: readonly string[];
  readonly size: string;
  readonly uncompared: readonly string[];
  readonly drawn: string | null;
};

const table = (name: string, key: readonly string[], more: Partial<Omit<MovedTable, 'name' | 'key'>> = {}) => ({
  ...{ name, key, size: '0', uncompared: [], drawn: null },
  ...more,
});

/**
 * The large ones, which nothing refers to by a foreign key: copied while their account is written to, and again where
 * they differ once it is not. Values before the events that use them.
 */
export const LARGE: readonly MovedTable[] = [
  table('event_values', ['value'], { size: 'data_bytes' }),
  table('events', ['id']),
];

/** The others, once nothing writes to the account; those first that others refer to. */
export const SMALL: readonly MovedTable[] = [
  table('devices', ['id']),
  table('device_proofs', ['device_uuid'], { size: 'octet_length(report::text)' }),
  table('api_keys', ['id'], { uncompared: ['last_used_at', 'last_used_address'] }),
  table('identities', ['id'], { uncompared: ['last_used_at', 'email'] }),
  table('passkeys', ['id'], { uncompared: ['counter', 'last_used_at', 'challenge_at'] }),
  table('settings', ['key'], { size: 'octet_length(value::text)' }),
  table('buckets', ['number'], { size: 'octet_length(data::text)' }),
  table('deleted_events', ['bucket', 'instant']),
  table('trashed_events', ['bucket', 'id']),
];

/** Its log: numbered by each database for all accounts. */
export const LOG = table('account_log', ['id'], { drawn: 'id' });

/**
 * Columns of `users` that go along. The number is drawn anew; who administers a server and was invited to it is that
 * server's; and the others say where the account is.
 */
export const USER_COLUMNS = [
  ...['id', 'email', 'created_at', 'updated_at', 'revision', 'last_bucket', 'last_event', 'last_value'],
] as const;

/** Tables with accounts in them of which nothing goes along, and why. */
export const LEFT: Readonly<Record<string, string>> = {
  sessions: 'a browser has its cookie for one address: it signs in anew at the other',
  claims: 'a link to sign in names the address it was made at',
  device_grants: 'who asks for a key asks one address, for ten minutes',
  imports: 'an account is not moved while a file is imported into it',
  import_buckets: 'see imports',
  import_events: 'see imports',
  day_facts: 'made anew from events, by who asks for them',
  fact_marks: 'see day_facts',
  report_days: 'made anew from facts, where a role reads the views',
  report_totals: 'see report_days',
  value_categories: 'see report_days',
  sql_roles: 'a role is one of a database server',
};
