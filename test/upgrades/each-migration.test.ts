/**
 * Databases that stopped at each of the migrations, with rows in every table there was by then: migrated on, they have
 * the schema of a new one and every row they had.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { driverOf, type Database } from '../../server/storage/database.ts';
import { migrate, readMigrations } from '../../server/storage/migrate.ts';
import { openTestDatabase } from '../support/test-database.ts';
import { schemaOf } from './place.ts';

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const AT = `'2026-02-03 04:05:06.000007+00'`;

/** By the migration that made what it needs: rows as that version wrote them, hostile ones too. */
const ROWS: Readonly<Record<string, string>> = {
  '20261124000000_initial': `
    insert into users (id, email, created_at, updated_at, revision)
      values ('${uuid(1)}', 'one@example.org', ${AT}, ${AT}, 1770091506000007),
        ('${uuid(2)}', 'two@x', ${AT}, ${AT}, 0);
    insert into devices (id, user_id, device_id, hostname, created_at, aw_device_id, pass, pass_nonce)
      values ('${uuid(3)}', '${uuid(1)}', 'lap-id', 'it''s "lap"', ${AT}, null, 7, 'n');
    insert into devices (id, user_id, device_id, hostname)
      select '${uuid(4)}', '${uuid(1)}', device_id::text, 'kt' from instance;
    insert into api_keys (id, user_id, name, prefix, key_hash, device_uuid, revoked_at)
      values ('${uuid(5)}', '${uuid(1)}', '', 'kt_x', '\\x00ff', '${uuid(3)}', ${AT});
    insert into buckets (id, user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname, data,
        heartbeat_event_id, source_epoch, source_created, push_head, push_foot, source_rows, longest_ns)
      values ('${uuid(6)}', '${uuid(1)}', '${uuid(3)}', 'w', 'w', 'currentwindow', 'c', 'lap', '{"a": [1.10, null]}',
        1, 2, ${AT}, 1770091506000, -5, 2, 9000000000000000000);
    insert into events (id, bucket_uuid, timestamp, duration_ns, source_id, content_hash, revision, data) values
      (1, '${uuid(6)}', ${AT}, 0, 1, -9223372036854775808, 1770091506000007, '{"title": "\\\\u0000 \\ud83d\\ude00"}'),
      (2, '${uuid(6)}', '1969-12-31 23:59:59.999999+00', 9000000000000000000, null, 0, 1,
        '{"n": 1.0000000000000000001}');
    insert into deleted_events values ('${uuid(6)}', -1, 5);
    insert into settings (id, user_id, key, value) values ('${uuid(7)}', '${uuid(1)}', 'k', 'null')`,
  '20261126010000_imports': `
    insert into imports (id, user_id, device_id, merging) values (9, '${uuid(1)}', 'lap-id', true);
    insert into import_buckets values (9, 0, '{"id": "w"}', '${uuid(6)}', 5, 1, 2);
    insert into import_events (import_id, number, timestamp, place, duration_ns, content_hash, data)
      values (9, 0, ${AT}, 0, 1, 2, '{}')`,
  '20261126100000_taken_over': `update buckets set imported_id = 'w', former_device = 'd', former_bucket = 'b'`,
  '20261126110000_trash': `
    insert into trashed_events (bucket_uuid, id, timestamp, duration_ns, data, trashed_at)
      values ('${uuid(6)}', 77, ${AT}, 3, '{"title": "gone"}', ${AT})`,
  '20261127073309_sessions': `
    insert into sessions (account, key_id, token_hash, last_seen_at, expires_at, ended_at, browser, address)
      select account, id, '\\x01', ${AT}, ${AT}, ${AT}, 'it''s', '::1' from api_keys;
    insert into claims (account, claim_hash, expires_at, used_at)
      select account, '\\x02', ${AT}, ${AT} from users where email = 'one@example.org'`,
  '20261127112619_identities': `
    insert into identities (account, issuer, subject, email)
      select account, 'https://id.example.org', 'it''s', null from users where email = 'one@example.org'`,
  '20261127113000_device_grants': `
    insert into device_grants (device_hash, code_hash, created_at, expires_at, hostname, address, "interval", account)
      select '\\x03', '\\x04', ${AT}, ${AT}, 'lap', '::1', 5, account
        from users where email = 'one@example.org'`,
  '20261127115500_account_log': `
    insert into account_log (account, at, kind, what, address)
      select account, ${AT}, 'refused', 'it''s', null from users;
    update api_keys set last_used_address = '::1'`,
  '20261127142200_people': `
    update users set admin_since = ${AT} where email = 'one@example.org';
    update users set invited_at = ${AT} where email = 'two@x';
    insert into claims (account, claim_hash, expires_at, invites)
      select account, '\\x05', ${AT}, true from users where email = 'two@x'`,
  '20261127143000_moved_accounts': `
    insert into users (id, email, moving, moving_until, moved_to, arriving) values
      ('${uuid(9)}', 'three@x', '${uuid(10)}', '9999-12-31 00:00:00+00', 'https://cell2.example/', false),
      ('${uuid(11)}', 'four@x', '${uuid(12)}', null, null, true)`,
  '20261127145300_passkeys': `
    insert into passkeys (account, id, name, rp_id, credential_id, public_key, counter, transports, challenge_at)
      select account, '${uuid(8)}', 'it''s', 'kt.example.org', '\\x05', '\\x06', 4294967295, 'usb,nfc', ${AT}
        from users where email = 'one@example.org';
    update sessions set passkey_id = '${uuid(8)}', challenge_at = ${AT} where account in
      (select account from passkeys);
    update account_log set way = 'passkey'`,
};

const upgrades = suite<{ database: Database; fresh: string[] }>('a database that stopped at a migration');
upgrades.before(async (scene) => {
  scene.database = await openTestDatabase();
  await migrate(scene.database);
  scene.fresh = await schemaOf(scene.database);
});
upgrades.after(({ database }) => database.close());

type Row = Record<string, unknown>;
/** What is gone, because nothing read it or the account's numbers take its place: no loss. */
const GONE: Readonly<Record<string, readonly string[]>> = {
  users: ['last_value'],
  events: ['created_at', 'data_bytes'],
  settings: ['id'],
  trashed_events: ['data_bytes'],
  buckets: ['ordinal'],
};

/**
 * Every table's rows as text, by table; without what the migrations write of themselves. What the tables refer to by
 * numbers is there under its earlier names too, and tables that wait to be carried over under theirs.
 */
const rowsOf = async (database: Database): Promise<Map<string, Row[]>> => {
  const { rows } = driverOf(database);
  const tables = await rows<{ name: string; columns: string[] }>(
    `select relname::text as name, array_agg(attname::text) as columns
     from pg_class join pg_attribute on attrelid = pg_class.oid
     where relkind = 'r' and relnamespace = current_schema()::regnamespace and attnum > 0 and not attisdropped
       and relname not in ('_prisma_migrations', 'carried_over') group by relname order by 1`,
  );
  const isThere = (name: string) => tables.some((table) => table.name === name);
  const found = new Map<string, Row[]>();
  for (const { name, columns } of tables) {
    // Still empty beside the table that is to be carried into it.
    if (isThere(`old_${name}`) || (name === 'event_values' && isThere('old_events'))) continue;
    const has = (column: string) => columns.includes(column);
    const more = [
      has('account') && `'user_id', (select id from users u where u.account = t.account)`,
      has('account') &&
        has('bucket') &&
        `'bucket_uuid', (select id from buckets b where b.account = t.account and b.number = t.bucket)`,
      /^(trashed_)?events$/.test(name) &&
        has('value') &&
        `'data', (select data from event_values v where v.account = t.account and v.value = t.value)`,
    ].filter(Boolean);
    const all = await rows<{ row: Row }>(
      `select json_object_agg(each.key, each.value) as row
       from (select row_number() over (order by t::text) as n,
         to_jsonb(t) || jsonb_build_object(${more}) as j from ${name} t) r, jsonb_each_text(r.j) each
       group by r.n order by r.n`,
    );
    const gone = GONE[name.replace(/^old_/, '')] ?? [];
    found.set(
      name.replace(/^old_/, ''),
      all.map(({ row }) => Object.fromEntries(Object.entries(row).filter(([column]) => !gone.includes(column)))),
    );
  }
  return found;
};

const migrations = await readMigrations();
for (const [index, last] of migrations.entries()) {
  upgrades(`${last.name} is migrated on, and loses nothing`, async ({ database, fresh }) => {
    const { script } = driverOf(database);
    await script('drop schema public cascade; create schema public');
    for (const migration of migrations.slice(0, index + 1)) {
      assert.equal(await migrate(database, migrations.slice(0, migrations.indexOf(migration) + 1)), [migration.name]);
      if (ROWS[migration.name]) await script(ROWS[migration.name]!);
    }
    const before = await rowsOf(database);
    assert.equal(
      await migrate(database),
      migrations.slice(index + 1).map(({ name }) => name),
    );
    const after = await rowsOf(database);
    for (const [table, rows] of before) {
      const now = after.get(table) ?? [];
      assert.is(now.length, rows.length, table);
      // What a row had, whatever columns it got.
      for (const row of rows)
        assert.ok(
          now.some((other) => Object.entries(row).every(([column, value]) => other[column] === value)),
          `${table}: ${JSON.stringify(row)} among ${JSON.stringify(now)}`,
        );
    }
    assert.equal(await schemaOf(database), fresh);
  });
}

upgrades.run();
