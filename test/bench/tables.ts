/**
 * All that benches know of kt-server's tables. They ask its REST API and its command line otherwise; SQL tells the size
 * of tables, and does the same work without the server, as a floor.
 */

/** The table that has a row for each event. */
const EVENTS = 'events';

/** Tables that hold what events are made of, as far as they exist: their bytes are counted. */
const STORED = [EVENTS, 'event_values'];

/** One row: how many events there are, and the bytes of heap (with TOAST) and of indexes of what they are made of. */
export const SIZES = `select (select count(*) from ${EVENTS})::float8 as events,
  sum(pg_table_size(c.oid))::float8 as heap, sum(pg_indexes_size(c.oid))::float8 as indexes
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = current_schema and c.relkind = 'r' and c.relname in (${STORED.map((t) => `'${t}'`).join(', ')})`;

/** One row: the bytes that facts of days hold, and those of their table with all that belongs to it. */
export const FACTS = `select sum(octet_length(packed))::float8 as packed,
  pg_total_relation_size('day_facts')::float8 as whole from day_facts`;

/** A table like that of the events, with its keys, for COPY to fill. */
const COPIED = 'bench_copied';
/** A table with one row, for commits. */
const ONE = 'bench_one';

export const FLOOR = {
  /** All rows of the events, as COPY writes them. */
  rows: `copy ${EVENTS} to stdout`,
  tables: [
    `drop table if exists ${COPIED}, ${ONE}`,
    `create table ${COPIED} (like ${EVENTS} including all)`,
    // LIKE leaves foreign keys out, and they are part of what a row costs.
    `do $$ declare d text; begin
       for d in select pg_get_constraintdef(oid) from pg_constraint
         where conrelid = '${EVENTS}'::regclass and contype = 'f'
       loop execute 'alter table ${COPIED} add ' || d; end loop;
     end $$`,
    `create table ${ONE} (n int not null)`,
    `insert into ${ONE} values (0)`,
  ],
  empty: `truncate ${COPIED}`,
  write: `copy ${COPIED} from stdin`,
  read: `copy ${COPIED} to stdout`,
  commit: `update ${ONE} set n = n + 1`,
};

/** Statistics as after a while, when autovacuum was there. */
export const ANALYZE = 'vacuum analyze';
/** Statistics as right after the first sync: autovacuum has not been there yet. */
export const NO_STATISTICS = `alter table ${EVENTS} set (autovacuum_enabled = false)`;
