/** Which schema the views are in, and making them anew with another version. PostgreSQL only. */
import type { Driver } from '../database.ts';
import { literal, quoted } from '../session.ts';
import { grantScript, revokeScript } from './policies.ts';
import { dropScript, VERSION, viewsScript } from './views.ts';

/** A schema that may hold our views: `ours` are of these tables, `empty` ones can be taken. */
export type Place = { readonly name: string; readonly ours: boolean; readonly version: string | null };

type Found = { name: string; tables: string; there: boolean; comment: string | null; empty: boolean };

/**
 * `report`, or where that is somebody else's (another kt-server's in the same database, say) the same with the name of
 * the tables' schema behind it.
 */
const FOUND = `
  select named.name, current_schema()::text as tables, pg_namespace.oid is not null as there,
    obj_description(pg_namespace.oid, 'pg_namespace') as comment,
    not exists (select from pg_class where relnamespace = pg_namespace.oid) as empty
  from (values (1, 'report'), (2, 'report_' || current_schema())) named (place, name)
  left join pg_namespace on nspname = named.name
  order by place`;

/** The comment that says whose views a schema holds. */
const MARK = /^Views of kt-server's tables in (.*), version (\w+)$/s;
const markOf = (tables: string, version: string): string =>
  `Views of kt-server's tables in ${tables}, version ${version}`;

/** The schema of the views, or the one where they could be; null where all names are taken. */
export const placeOf = async ({
  rows,
}: Pick<Driver, 'rows'>): Promise<(Place & { there: boolean; tables: string }) | null> => {
  const found = (await rows<Found>(FOUND)).map(({ comment, ...rest }) => {
    const mark = MARK.exec(comment ?? '');
    return { ...rest, ours: mark?.[1] === rest.tables, version: mark?.[2] ?? null, taken: mark !== null };
  });
  return found.find(({ ours }) => ours) ?? found.find(({ there, empty, taken }) => !there || (empty && !taken)) ?? null;
};

/** What makes the views, and notes whose they are. */
export const placeScript = ({ name, there, tables }: Place & { there: boolean; tables: string }): string =>
  [
    ...(there ? [] : [`create schema ${quoted(name)}`]),
    viewsScript(quoted(name)),
    `comment on schema ${quoted(name)} is ${literal(markOf(tables, VERSION))}`,
  ].join(';\n');

/** Drops the views, if there are any, so that migrations can change the tables. */
export const dropViews = async ({ rows, script }: Driver): Promise<void> => {
  const place = await placeOf({ rows });
  if (place?.ours)
    await script(
      `begin; ${dropScript(quoted(place.name))};
      comment on schema ${quoted(place.name)} is ${literal(markOf(place.tables, 'none'))}; commit`,
    );
};

/**
 * Makes the views anew where those that are there are of another version, with what their readers need of them. The
 * server starts without them where that is refused, and `tell` gets a line.
 */
export const renewViews = async ({ rows, script }: Driver, tell: (line: string) => void = () => {}): Promise<void> => {
  const place = await placeOf({ rows });
  if (!place?.ours || place.version === VERSION) return;
  const known = await rows<{ role: string }>(
    'select role from sql_roles where exists (select from pg_roles where rolname = role)',
  );
  const grants = known.flatMap(({ role }) => [revokeScript(role, place.name), grantScript(role, place.name)]);
  try {
    await script(['begin', placeScript(place), ...grants, 'commit'].join(';\n'));
  } catch (error) {
    await script('rollback').catch(() => {});
    tell(`the views of schema ${place.name} could not be made anew (${(error as Error).message})`);
  }
};
