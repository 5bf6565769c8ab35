/** Facts of days (day-facts.ts): all by day_facts_pkey and fact_marks_pkey, a probe or a range of days. */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { ints } from './columns.ts';
import { column } from './event-page.ts';
import { UNION } from './fact-marks.ts';

const union = Prisma.raw(`'${UNION}'::uuid`);

/** What facts have to be: the number of the kind that stands for a day, of the union, and of the recipe. */
type Made = { readonly presence: number; readonly recipe: number };

/** Those of some days (a set of rows) whose facts are missing, of another recipe or marked. */
const staleOf = (account: number, days: Prisma.Sql, { presence, recipe }: Made): Prisma.Sql => Prisma.sql`
  select asked.day, mark.day is not null as marked
  from ${days} asked (day)
  left join lateral (
    select recipe from day_facts
    where account = ${account}::int and scope = ${union} and day = asked.day and kind = ${presence}::smallint offset 0
  ) made on true
  left join lateral (
    select day from fact_marks where account = ${account}::int and scope = ${union} and day = asked.day offset 0
  ) mark on true
  where mark.day is not null or made.recipe is distinct from ${recipe}::smallint`;

/** The days of a range that have to be computed. */
export const staleDays = (account: number, first: number, last: number, made: Made): Prisma.Sql =>
  Prisma.sql`${staleOf(account, Prisma.sql`generate_series(${first}::int, ${last}::int)`, made)} order by asked.day`;

/** A UUID whose first 48 bits are a time in ms, as those of version 7 begin; `rest`: its other 20 digits. */
const uuidOfTime = (ms: Prisma.Sql, rest: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`(lpad(to_hex(${ms}), 12, '0') || ${rest})::uuid`;

/**
 * Puts a new token onto the union's marks of those of these days that have to be computed, and makes what marks are
 * missing, but for days that somebody has claimed within the last `lifeMs`. A token is a UUID of version 7 by the
 * database's clock, so that its age is known. `days`: those that are claimed now, `elsewhere`: those that somebody else
 * has, both with commas between.
 */
export const claimDays = (
  account: number,
  days: readonly number[],
  made: Made,
  lifeMs: number,
): Prisma.Sql => Prisma.sql`
  with clock as materialized (
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms
  ),
  token as materialized (
    select ${uuidOfTime(Prisma.sql`ms`, Prisma.sql`'7' || substr(replace(gen_random_uuid()::text, '-', ''), 14)`)}
        as token,
      ${uuidOfTime(Prisma.sql`ms - ${lifeMs}::bigint`, Prisma.sql`repeat('0', 20)`)} as oldest,
      ${uuidOfTime(Prisma.sql`ms + ${lifeMs}::bigint`, Prisma.sql`repeat('f', 20)`)} as latest,
      revision
    from users, clock where account = ${account}::int
  ),
  stale as materialized (${staleOf(account, Prisma.sql`unnest(${ints(days)})`, made)}),
  claimed as (
    insert into fact_marks (account, scope, day, claim)
    select ${account}::int, ${union}, day, token from stale, token
    on conflict (account, scope, day) do update set claim = excluded.claim
      where fact_marks.claim is null
        or fact_marks.claim not between (select oldest from token) and (select latest from token)
    returning day
  )
  select token::text, revision, (select coalesce(string_agg(day::text, ','), '') from claimed) as days,
    (select coalesce(string_agg(day::text, ','), '') from stale where day not in (select day from claimed)) as elsewhere
  from token`;

/** Takes this claim off the days that have it still. */
export const dropClaim = (account: number, days: readonly number[], token: string): Prisma.Sql => Prisma.sql`
  update fact_marks set claim = null
  where account = ${account}::int and scope = ${union} and day = any(${ints(days)}) and claim = ${token}::uuid`;

/** Of these days, those whose claim is this one, or was taken off by somebody who wrote. */
export const heldDays = (account: number, days: readonly number[], token: string): Prisma.Sql => Prisma.sql`
  select asked.day from unnest(${ints(days)}) asked (day)
  cross join lateral (
    select claim from fact_marks where account = ${account}::int and scope = ${union} and day = asked.day offset 0
  ) mark
  where mark.claim is null or mark.claim = ${token}::uuid`;

/** Every device has rows of its own: the days are few, and found by the scopes that the account has. */
const scopes = (account: number): Prisma.Sql => Prisma.sql`(
  select ${union} as scope union all select id from devices where account = ${account}::int
)`;

export const dropDays = (account: number, days: readonly number[]): Prisma.Sql => Prisma.sql`
  delete from day_facts where account = ${account}::int and day = any(${ints(days)})
    and scope = any(array(select scope from ${scopes(account)} scopes))`;

export type FactRow = {
  readonly scope: string;
  readonly day: number;
  readonly kind: number;
  readonly packed: Uint8Array;
};

export const insertFacts = (
  account: number,
  recipe: number,
  revision: bigint,
  rows: readonly FactRow[],
): Prisma.Sql => Prisma.sql`
  insert into day_facts (account, scope, day, kind, recipe, revision, packed)
  select ${account}::int, scope, day, kind, ${recipe}::smallint, ${revision}::bigint, packed
  from unnest(${rows.map(({ scope }) => scope)}::uuid[], ${ints(rows.map(({ day }) => day))},
    ${rows.map(({ kind }) => kind)}::smallint[], ${rows.map(({ packed }) => packed)}::bytea[])
    as made (scope, day, kind, packed)`;

/** Takes the marks of these days off, where nobody wrote since they were claimed. */
export const unmark = (account: number, days: readonly number[], token: string): Prisma.Sql => Prisma.sql`
  delete from fact_marks
  where account = ${account}::int and scope = any(array(select scope from ${scopes(account)} scopes))
    and day = any(array(
      select asked.day from unnest(${ints(days)}) asked (day)
      cross join lateral (
        select claim from fact_marks where account = ${account}::int and scope = ${union} and day = asked.day offset 0
      ) mark
      where mark.claim = ${token}::uuid
    ))`;

export const dropScopes = (account: number, deviceUuid: string | null): Prisma.Sql =>
  deviceUuid === null
    ? Prisma.sql`delete from day_facts where account = ${account}::int`
    : Prisma.sql`delete from day_facts where account = ${account}::int and scope in (${union}, ${deviceUuid}::uuid)`;

export const takeClaimsOff = (account: number): Prisma.Sql => Prisma.sql`
  update fact_marks set claim = null where account = ${account}::int and scope = ${union} and claim is not null`;

/**
 * Rows by their days as columns in base64, as PostgreSQL sends them in binary: scopes in 16 bytes, days and the lengths
 * of `packed` in four, kinds in two, and all `packed`, one behind the other; null where there are none. `through`: the
 * last day that is here whole.
 */
export type PageRow = {
  readonly scopes: string | null;
  readonly days: string | null;
  readonly kinds: string | null;
  readonly lengths: string | null;
  readonly packed: string | null;
  readonly through: number;
};

/**
 * Whole days until their rows exceed `maxBytes`. Sizes are read first: of a row that is stored apart, without reading
 * it. As columns: a year comes in two thirds of the bytes that its rows take.
 */
export const factPage = (
  account: number,
  asked: readonly string[],
  kinds: readonly number[],
  first: number,
  last: number,
  maxBytes: number,
): Prisma.Sql => {
  const inRange = Prisma.sql`account = ${account}::int and scope = any(${asked}::uuid[])
    and kind = any(${kinds}::smallint[])`;
  return Prisma.sql`
  with through as materialized (
    select case when bool_or(before >= ${maxBytes}::bigint) then max(day) filter (where before < ${maxBytes}::bigint)
      else ${last}::int end as day
    from (
      select day, sum(bytes) over (order by day rows unbounded preceding) - bytes as before from (
        select day, sum(octet_length(packed)) as bytes from day_facts
        where ${inRange} and day between ${first}::int and ${last}::int group by day
      ) sized
    ) summed
  )
  select ${column(Prisma.sql`uuid_send(scope)`)} as scopes, ${column(Prisma.sql`int4send(day)`)} as days,
    ${column(Prisma.sql`int2send(kind)`)} as kinds, ${column(Prisma.sql`int4send(octet_length(packed))`)} as lengths,
    ${column(Prisma.sql`packed`)} as packed, (select day from through) as through
  from (
    select scope, day_facts.day, kind, packed from day_facts, through
    where ${inRange} and day_facts.day between ${first}::int and through.day order by day_facts.day, scope, kind
  ) found`;
};

export const accountsWaiting = (seconds: number, limit: number): Prisma.Sql => Prisma.sql`
  select account from fact_marks where scope = ${union} and since <= now() - ${seconds}::int * interval '1 second'
  group by account order by min(since) limit ${limit}::int`;

export const daysWaiting = (account: number, seconds: number, limit: number): Prisma.Sql => Prisma.sql`
  select day from fact_marks
  where account = ${account}::int and scope = ${union} and since <= now() - ${seconds}::int * interval '1 second'
  order by since, day limit ${limit}::int`;
