/**
 * What a backup holds, by kind of record: its name and columns in the file, and where they lie in the tables. The
 * file's side is a promise (docs/backup.md): a migration changes the right-hand side alone.
 */

/**
 * How a column's values look in a page, always as text: `big` and `int` in decimal, `time` in µs since 1970, `bytes` in
 * hexadecimal, `object` and `json` as JSON text of what people stored; `anyText` is text with what PostgreSQL refuses.
 */
export type Codec = 'uuid' | 'text' | 'anyText' | 'int' | 'big' | 'bool' | 'time' | 'bytes' | 'object' | 'json';

export type Column = {
  /** Its name in the file. */
  readonly name: string;
  /** Its name in the table. */
  readonly column: string;
  readonly codec: Codec;
  readonly nullable: boolean;
};

export type Kind = {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly Column[];
  /** The table's primary key. */
  readonly identity: readonly string[];
  /**
   * The order in which pages are read: columns of the table, among `columns`, that tell rows apart. A page has rows of
   * one `group` alone, if there is one: with that known, the planner takes the index, and else sorts the whole table.
   */
  readonly group: readonly string[];
  readonly order: readonly string[];
  /** SQL for about how many bytes a row takes; pages are cut by it. */
  readonly size: string;
};

/** `name column codec`, a `?` behind the codec where there may be none; the column is left out where it is the name. */
const columns = (...lines: readonly string[]): Column[] =>
  lines.map((line) => {
    const parts = line.split(' ');
    const [name, codec] = [parts[0]!, parts.at(-1)!];
    return {
      name,
      column: parts.length === 3 ? parts[1]! : name,
      codec: codec.replace('?', '') as Codec,
      nullable: codec.endsWith('?'),
    };
  });

/** What a row takes besides its data, in bytes: about. */
const BARE = '100';

/** Every kind, those first that others refer to. */
export const KINDS: readonly Kind[] = [
  {
    name: 'instance',
    table: 'instance',
    columns: columns('deviceId device_id uuid', 'createdAt created_at time'),
    identity: ['device_id'],
    group: [],
    order: ['device_id'],
    size: BARE,
  },
  {
    name: 'users',
    table: 'users',
    columns: columns('id uuid', 'email text', 'createdAt created_at time', 'updatedAt updated_at time', 'revision big'),
    identity: ['id'],
    group: [],
    order: ['id'],
    size: BARE,
  },
  {
    name: 'devices',
    table: 'devices',
    columns: columns(
      'id uuid',
      'user user_id uuid',
      'deviceId device_id text',
      'hostname text',
      'createdAt created_at time',
      'lastSyncAt last_sync_at time?',
      'awDeviceId aw_device_id text?',
      'pass int',
      'passNonce pass_nonce text?',
      'own bool',
    ),
    identity: ['id'],
    group: [],
    order: ['id'],
    size: BARE,
  },
  {
    name: 'keys',
    table: 'api_keys',
    columns: columns(
      'id uuid',
      'user user_id uuid',
      'name text',
      'prefix text',
      'hash key_hash bytes',
      'scope text',
      'device device_uuid uuid?',
      'createdAt created_at time',
      'lastUsedAt last_used_at time?',
      'expiresAt expires_at time?',
      'revokedAt revoked_at time?',
    ),
    identity: ['id'],
    group: [],
    order: ['id'],
    size: BARE,
  },
  {
    name: 'settings',
    table: 'settings',
    columns: columns('id uuid', 'user user_id uuid', 'key anyText', 'value json', 'updatedAt updated_at time'),
    identity: ['id'],
    group: [],
    order: ['id'],
    size: 'octet_length(value::text)',
  },
  {
    name: 'buckets',
    table: 'buckets',
    columns: columns(
      'id uuid',
      'ordinal big',
      'user user_id uuid',
      'device device_uuid uuid',
      'bucketId bucket_id text',
      'publicId public_id text',
      'type bucket_type text',
      'client text',
      'hostname text',
      'createdAt created_at time',
      'data object',
      'heartbeatEvent heartbeat_event_id big?',
      'sourceEpoch source_epoch int',
      'sourceCreated source_created time?',
      'pushHead push_head big?',
      'pushFoot push_foot big?',
      'sourceRows source_rows int',
      'longestNs longest_ns big',
      'importedId imported_id text?',
      'formerDevice former_device text?',
      'formerBucket former_bucket text?',
    ),
    identity: ['id'],
    group: [],
    order: ['id'],
    size: 'octet_length(data::text)',
  },
  {
    name: 'events',
    table: 'events',
    columns: columns(
      'id big',
      'bucket bucket_uuid uuid',
      'start timestamp time',
      'durationNs duration_ns big',
      'sourceId source_id big?',
      'contentHash content_hash big',
      'revision big',
      'data object',
    ),
    identity: ['id'],
    group: ['bucket_uuid'],
    order: ['timestamp', 'id'],
    size: 'data_bytes',
  },
  {
    name: 'tombstones',
    table: 'deleted_events',
    columns: columns('bucket bucket_uuid uuid', 'instant big', 'revision big'),
    identity: ['bucket_uuid', 'instant'],
    group: ['bucket_uuid'],
    order: ['instant'],
    size: BARE,
  },
  {
    name: 'trash',
    table: 'trashed_events',
    columns: columns(
      'bucket bucket_uuid uuid',
      'id big',
      'start timestamp time',
      'durationNs duration_ns big',
      'data object',
      'trashedAt trashed_at time',
    ),
    identity: ['bucket_uuid', 'id'],
    group: ['bucket_uuid'],
    order: ['id'],
    size: 'data_bytes',
  },
  {
    name: 'imports',
    table: 'imports',
    columns: columns(
      'id big',
      'user user_id uuid',
      'deviceId device_id text?',
      'merging bool',
      'touchedAt touched_at time',
    ),
    identity: ['id'],
    group: [],
    order: ['id'],
    size: BARE,
  },
  {
    name: 'importBuckets',
    table: 'import_buckets',
    columns: columns(
      'import import_id big',
      'number int',
      'facts object',
      'bucket bucket_uuid uuid?',
      'mergedUs merged_us big?',
      'imported int',
      'present int',
    ),
    identity: ['import_id', 'number'],
    group: ['import_id'],
    order: ['number'],
    size: 'octet_length(facts::text)',
  },
  {
    name: 'importEvents',
    table: 'import_events',
    columns: columns(
      'import import_id big',
      'number int',
      'start timestamp time',
      'place int',
      'durationNs duration_ns big',
      'contentHash content_hash big',
      'data object',
    ),
    identity: ['import_id', 'number', 'timestamp', 'place'],
    group: ['import_id', 'number'],
    order: ['timestamp', 'place'],
    size: 'data_bytes',
  },
];

/** Numbers that are never given twice, and where the next one comes from: a sequence of this column. */
export const COUNTERS = [
  { name: 'events', table: 'events', column: 'id' },
  { name: 'buckets', table: 'buckets', column: 'ordinal' },
  { name: 'imports', table: 'imports', column: 'id' },
] as const;
export type CounterName = (typeof COUNTERS)[number]['name'];
/** The highest number that was given, by name; 0 where none was. */
export type Counters = Readonly<Record<CounterName, bigint>>;

/** Some rows of one kind, column by column in the kind's order: each value as text, null where there is none. */
export type Page = {
  readonly kind: Kind;
  readonly rows: number;
  readonly columns: readonly (readonly (string | null)[])[];
};
