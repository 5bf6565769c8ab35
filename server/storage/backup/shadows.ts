/**
 * A snapshot on the embedded engine, whose one connection can hold no transaction while others write. From the moment
 * the shadows are made, the first change of a row puts the row as it was into its table's shadow; so the snapshot is
 * what has not changed, and what the shadows say of the rest. The tables' own triggers and the shadows live in a schema
 * of their own, and are gone with it.
 */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { driverErrorToKtError, driverOf, type Database } from '../database.ts';
import { KINDS, VALUES, type Kind } from './kinds.ts';
import { plain, type Rows } from './page.ts';

const SCHEMA = 'kt_snapshot';

const names = (columns: readonly string[]): string => columns.map((column) => `"${column}"`).join(', ');

/**
 * `was` is null for a row that was not there. What is inserted is noted when it was: before that, it may still turn out
 * to be the update of another row ("on conflict do update").
 */
type Shadowed = Pick<Kind, 'table' | 'identity' | 'group' | 'order'>;
const shadow = ({ table, identity, group, order }: Shadowed): string => `
  create unlogged table ${SCHEMA}."${table}" as select *, true as was from "${table}" with no data;
  alter table ${SCHEMA}."${table}" add primary key (${names(identity)});
  create index on ${SCHEMA}."${table}" (${names([...group, ...order])});
  create function ${SCHEMA}."keep_${table}"() returns trigger language plpgsql as $$
  begin
    if tg_op = 'INSERT' then
      insert into ${SCHEMA}."${table}" (${names(identity)})
        values (${identity.map((column) => `new."${column}"`).join(', ')}) on conflict do nothing;
      return null;
    end if;
    insert into ${SCHEMA}."${table}" select old.*, true on conflict do nothing;
    if tg_op = 'DELETE' then
      return old;
    end if;
    return new;
  end $$;
  create trigger kt_snapshot before update or delete on "${table}"
    for each row execute function ${SCHEMA}."keep_${table}"();
  create trigger kt_snapshot_new after insert on "${table}"
    for each row execute function ${SCHEMA}."keep_${table}"();`;

const script = async (database: Database, sql: string): Promise<void> => {
  try {
    await driverOf(database).script(sql);
  } catch (error) {
    throw driverErrorToKtError(error);
  }
};

/** Values never change, but may be swept. */
const VALUE: Shadowed = { table: VALUES, identity: ['account', 'value'], group: [], order: ['account', 'value'] };

/** Begins the snapshot, in one transaction. */
export const makeShadows = (database: Database): Promise<void> =>
  script(
    database,
    `drop schema if exists ${SCHEMA} cascade; create schema ${SCHEMA}; ${[...KINDS, VALUE].map(shadow).join('')}`,
  );

/** Ends it. Also what is left of one whose process ended before: the triggers would keep rows for nobody. */
export const dropShadows = async (database: Database): Promise<void> => {
  const [found] = await driverOf(database).rows<{ there: boolean }>(
    `select to_regnamespace('${SCHEMA}') is not null as there`,
  );
  if (found!.there) await script(database, `drop schema ${SCHEMA} cascade`);
};

/** The rows of the snapshot. */
export const shadowed: Rows = {
  of: ({ table, identity }, columns, condition, order) => {
    const here = Prisma.raw(`"${table}"`);
    const kept = Prisma.raw(`${SCHEMA}."${table}"`);
    const same = Prisma.raw(identity.map((column) => `kept."${column}" = here."${column}"`).join(' and '));
    return Prisma.sql`
      select * from (
        (select ${columns} from ${here} here
         where ${condition} and not exists (select from ${kept} kept where ${same}) ${order})
        union all
        (select ${columns} from ${kept} where was and ${condition} ${order})
      ) rows ${order}`;
  },
  value: (row, column) => Prisma.sql`coalesce(
    ${plain.value(row, column)},
    (select ${column} from ${Prisma.raw(`${SCHEMA}."${VALUES}"`)} kept
     where was and kept.account = ${row}.account and kept.value = ${row}.value))`,
};
