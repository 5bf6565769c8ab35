/** A computer that lost its state, and whose device kt-client can't determine (spec/sync 7.5). */
import { randomUUID } from 'node:crypto';
import { freshState } from '../../client/sync/saved-state.ts';
import { isKtError } from '../../domain/errors.ts';
import type { Machine } from './machine.ts';

/**
 * A person's decision when a run stops because it can't tell which device this is; false when it stopped for another
 * reason.
 */
export const decide = async (machine: Machine, error: unknown): Promise<boolean> => {
  if (!isKtError(error, 'device_in_use') || error.details['reclaim'] === undefined) return false;
  const { remote } = machine.ports(null).ports;
  const known = (await remote.devices()).find(({ deviceId }) => deviceId === machine.former);
  await machine.become(known ? freshState(known.deviceId, known.pass) : freshState(randomUUID()));
  return true;
};
