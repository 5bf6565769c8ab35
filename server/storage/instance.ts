import type { Tx } from './database.ts';

/** The server's own device id: drawn by the first migration, the same on every engine and after every restart. */
export const deviceId = async (tx: Tx): Promise<string> => (await tx.instance.findFirstOrThrow()).deviceId;
