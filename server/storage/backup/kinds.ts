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
  /** Its name in the table; the empty text where it is `via`. */
  readonly column: string;
  /**
   * Where the table has a number in its place: the file has the UUID of the account with this number, or of the
   * account's bucket, or the data of its value.
   */
  readonly via: 'user' | 'bucket' | 'value' | null;
  readonly codec: Codec;
  readonly nullable: boolean;
  /** The first format that has it: what is older has none. The last one; null: it is not a thing of the past. */
  readonly since: number;
  readonly until: number | null;
};

export type Kind = {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly Column[];
  /** Numbers of the table (int) that the file has no column of, because they are drawn anew where it is restored. */
  readonly numbers: readonly string[];
  /** The table's primary key. */
  readonly identity: readonly string[];
  /**
   * The order in which pages are read: columns of the table that tell rows apart, first in one of its indexes. A page
   * has rows of one `group` alone, if there is one: with that known, the planner takes the index, and else sorts the
   * whole table.
   */
  readonly group: readonly string[];
  readonly order: readonly string[];
  /** SQL for about how many bytes a row takes; pages are cut by it. `value`: as many as its data. */
  readonly size: string;
};

/**
 * `name column codec`, a `?` behind the codec where there may be none; the column is left out where it is the name, and
 * is `@user`, `@bucket` or `@value` where it is `via`. `-1` at the end: format 1 is the last that has it; `+2`: format
 * 2 is the first.
 */
const columns = (...lines: readonly string[]): Column[] =>
  lines.map((line) => {
    const [text, at] = line.split(/ [-+]/);
    const isNew = line.includes(' +');
    const parts = text!.split(' ');
    const [name, codec] = [parts[0]!, parts.at(-1)!];
    const column = parts.length === 3 ? parts[1]! : name;
    const via = /^@(user|bucket|value)$/.exec(column)?.[1] as 'user' | 'bucket' | 'value' | undefined;
    return {
      name,
      column: via === undefined ? column : '',
      via: via ?? null,
      codec: codec.replace('?', '') as Codec,
      nullable: codec.endsWith('?'),
      since: isNew ? Number(at) : 1,
      until: at === undefined || isNew ? null : Number(at),
    };
  });

/** What a row takes besides its data, in bytes: about. */
const BARE = '100';

/** Every kind, with the columns of every format; those first that others refer to. */
const ALL: readonly Kind[] = [
  {
    name: 'instance',
    table: 'instance',
    columns: columns('deviceId device_id uuid', 'createdAt created_at time'),
    numbers: [],
    identity: ['device_id'],
    group: [],
    order: ['device_id'],
    size: BARE,
  },
  {
    name: 'users',
    table: 'users',
    columns: columns(
      'id uuid',
      'email text',
      'createdAt created_at time',
      'updatedAt updated_at time',
      'revision big',
      'adminSince admin_since time? +2',
      'invitedAt invited_at time? +2',
      // Where it is served (decisions/0013): without these a server restored would serve again what it has given away.
      'moving uuid? +2',
      'movingUntil moving_until time? +2',
      'movedTo moved_to text? +2',
      'arriving bool +2',
    ),
    numbers: ['account'],
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
      'user @user uuid',
      'deviceId device_id text',
      'hostname text',
      'createdAt created_at time',
      'lastSyncAt last_sync_at time?',
      'awDeviceId aw_device_id text?',
      'pass int',
      'passNonce pass_nonce text?',
      'own bool',
      'label text? +2',
    ),
    numbers: ['account'],
    identity: ['account', 'id'],
    group: [],
    order: ['account', 'id'],
    size: BARE,
  },
  {
    name: 'proofs',
    table: 'device_proofs',
    columns: columns('user @user uuid', 'device device_uuid uuid', 'toldAt told_at time', 'report object'),
    numbers: ['account'],
    identity: ['account', 'device_uuid'],
    group: [],
    order: ['account', 'device_uuid'],
    size: 'octet_length(report::text)',
  },
  {
    name: 'keys',
    table: 'api_keys',
    columns: columns(
      'id uuid',
      'user @user uuid',
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
    numbers: ['account'],
    identity: ['account', 'id'],
    group: [],
    order: ['account', 'id'],
    size: BARE,
  },
  {
    name: 'identities',
    table: 'identities',
    columns: columns(
      'id uuid',
      'user @user uuid',
      'issuer text',
      'subject text',
      'email text?',
      'createdAt created_at time',
      'lastUsedAt last_used_at time?',
    ),
    numbers: ['account'],
    identity: ['account', 'id'],
    group: [],
    order: ['account', 'id'],
    size: BARE,
  },
  {
    name: 'passkeys',
    table: 'passkeys',
    columns: columns(
      'id uuid',
      'user @user uuid',
      'name text',
      'rpId rp_id text',
      'credentialId credential_id bytes',
      'publicKey public_key bytes',
      'counter big',
      'transports text',
      'createdAt created_at time',
      'lastUsedAt last_used_at time?',
    ),
    numbers: ['account'],
    identity: ['account', 'id'],
    group: [],
    order: ['account', 'id'],
    size: 'octet_length(credential_id) + octet_length(public_key)',
  },
  {
    name: 'settings',
    table: 'settings',
    columns: columns('id uuid -1', 'user @user uuid', 'key anyText', 'value json', 'updatedAt updated_at time'),
    numbers: ['account'],
    identity: ['account', 'key'],
    group: [],
    order: ['account', 'key'],
    size: 'octet_length(value::text)',
  },
  {
    name: 'buckets',
    table: 'buckets',
    columns: columns(
      'id uuid',
      'ordinal number int',
      'user @user uuid',
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
    numbers: ['account'],
    identity: ['account', 'number'],
    group: [],
    order: ['account', 'number'],
    size: 'octet_length(data::text)',
  },
  {
    name: 'events',
    table: 'events',
    columns: columns(
      'id big',
      'bucket @bucket uuid',
      'start timestamp time',
      'durationNs duration_ns big',
      'sourceId source_id big?',
      'contentHash content_hash big',
      'revision big',
      'data @value object',
    ),
    numbers: ['account', 'bucket'],
    identity: ['account', 'id'],
    group: ['account', 'bucket'],
    order: ['timestamp', 'id'],
    size: 'value',
  },
  {
    name: 'tombstones',
    table: 'deleted_events',
    columns: columns('bucket @bucket uuid', 'instant big', 'revision big'),
    numbers: ['account', 'bucket'],
    identity: ['account', 'bucket', 'instant'],
    group: ['account', 'bucket'],
    order: ['instant'],
    size: BARE,
  },
  {
    name: 'trash',
    table: 'trashed_events',
    columns: columns(
      'bucket @bucket uuid',
      'id big',
      'start timestamp time',
      'durationNs duration_ns big',
      'data @value object',
      'trashedAt trashed_at time',
    ),
    numbers: ['account', 'bucket'],
    identity: ['account', 'bucket', 'id'],
    group: ['account', 'bucket'],
    order: ['id'],
    size: 'value',
  },
  {
    name: 'imports',
    table: 'imports',
    columns: columns(
      'id big',
      'user @user uuid',
      'deviceId device_id text?',
      'merging bool',
      'touchedAt touched_at time',
    ),
    numbers: ['account'],
    identity: ['account', 'id'],
    group: [],
    order: ['account', 'id'],
    size: BARE,
  },
  {
    name: 'importBuckets',
    table: 'import_buckets',
    columns: columns(
      'import import_id big',
      'number int',
      'facts object',
      'bucket @bucket uuid?',
      'mergedUs merged_us big?',
      'imported int',
      'present int',
    ),
    numbers: ['account', 'bucket'],
    identity: ['account', 'import_id', 'number'],
    group: ['account', 'import_id'],
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
    numbers: ['account'],
    identity: ['account', 'import_id', 'number', 'timestamp', 'place'],
    group: ['account', 'import_id', 'number'],
    order: ['timestamp', 'place'],
    size: 'data_bytes',
  },
];

/** The format that this version writes, and the newest that it reads (docs/backup.md). */
export const FORMAT = 2;

/** The kinds with the columns of one format. */
export const kindsIn = (format: number): readonly Kind[] =>
  ALL.map((kind) => ({
    ...kind,
    columns: kind.columns.filter(({ since, until }) => since <= format && (until === null || until >= format)),
  }));
export const KINDS = kindsIn(FORMAT);

/** The table of the data that events refer to: part of them in the file. */
export const VALUES = 'event_values';

/** Numbers that are never given twice: of events and buckets to an account, of imports to anybody. */
export const COUNTERS = ['events', 'buckets', 'imports'] as const;
/** The highest number that was given to anybody, by name; 0 where none was. */
export type Counters = Readonly<Record<(typeof COUNTERS)[number], bigint>>;

/** Some rows of one kind, column by column in the kind's order: each value as text, null where there is none. */
export type Page = {
  readonly kind: Kind;
  readonly rows: number;
  readonly columns: readonly (readonly (string | null)[])[];
};
