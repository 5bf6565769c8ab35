import { driverOf, type Database } from '../../server/storage/database.ts';
import { viewsScript } from '../../server/storage/report/views.ts';

/** Works with the views in schema `report`, on either engine, and takes them away again: suites share a database. */
export const withViews = async <T>(database: Database, work: () => Promise<T>): Promise<T> => {
  const { script } = driverOf(database);
  await script(`create schema report; ${viewsScript('report')}`);
  try {
    return await work();
  } finally {
    await script('drop schema report cascade');
  }
};
