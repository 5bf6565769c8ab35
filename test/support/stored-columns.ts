import { driverOf, type Database } from '../../server/storage/database.ts';

/** The columns of `table` that can be inserted, as a list for SQL: generated ones can't be. */
export const storedColumns = async (database: Database, table: string): Promise<string> => {
  const [row] = await driverOf(database).rows<{ list: string }>(
    `select string_agg(quote_ident(column_name), ', ' order by ordinal_position) as list from information_schema.columns
     where table_schema = current_schema() and table_name = '${table}' and is_generated = 'NEVER'`,
  );
  return row!.list;
};
