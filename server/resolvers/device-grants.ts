import { KtError } from '../../domain/errors.ts';
import { mustBeEnough, type Scope } from '../auth/scope.ts';
import { hashOfSecret, makeSecret } from '../auth/secrets.ts';
import { hashOfUserCode, makeUserCode } from '../auth/user-code.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as keys from '../storage/api-keys.ts';
import { lockAccount } from '../storage/changes.ts';
import { run, transaction, type Tx } from '../storage/database.ts';
import * as grants from '../storage/device-grants.ts';
import type { Deps } from './deps.ts';
import { checkName, registerRow } from './devices.ts';
import { makeKey } from './new-key.ts';

/** How long a code is good, in ms. */
const GOOD_FOR = 600_000;
/** How long a device waits between two questions, in seconds; so much longer each time that it asked too early. */
const INTERVAL = 5;
const MOST_INTERVAL = 60;
/** The most codes that one address has open. */
const MOST_OPEN = 20;
/** How often another code is drawn where one is in use: some thousand of 25 thousand million are. */
const TRIES = 5;

/** What the key of a device that signs in may do. */
const GRANTED: Scope = 'push';

/** What a device asks with, and a person types; good for `seconds`. */
export type NewGrant = {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly seconds: number;
  readonly interval: number;
};

/** Who asks, as a person is to recognize it. */
export type Asking = { readonly hostname: string; readonly address: string; readonly scope: Scope };

/** What a device is answered. `interval`, in seconds: to wait so long from now on. */
export type GrantAnswer =
  | { readonly state: 'pending' | 'denied' | 'expired' | 'unknown' }
  | { readonly state: 'slow'; readonly interval: number }
  | { readonly state: 'granted'; readonly key: string; readonly scope: Scope };

/** Devices that ask to be signed in, and people who let them (spec/sign-in 9). */
export const makeDeviceGrants = ({ database, now }: Deps) => {
  /** Fails with `forbidden` for whoever lets no device in: a key, and a session that may not do everything. */
  const mustDecide = ({ via, scope }: Viewer): void => {
    if (via === 'key')
      throw new KtError('forbidden', 'a device is let in by a person in a signed-in browser, not by an API key');
    mustBeEnough(scope, 'full', 'letting a device in');
  };
  const unknown = (): KtError =>
    new KtError(
      'not_found',
      'no device waits with this code: it works once, for ten minutes; run "kt-client login" again for another',
    );

  /** When the key expires that a viewer's session was made with: what it lets in lasts no longer. */
  const endOf = async (tx: Tx, { account, keyId }: Viewer): Promise<Date | null> =>
    keyId === null ? null : ((await keys.find(tx, account, keyId))?.expiresAt ?? null);

  /** The key of a device that was let in, under the account's lock. */
  const keyOf = async (tx: Tx, account: number, grant: grants.Polled): Promise<string> => {
    const { deviceId, hostname, keyExpiresAt, address } = grant;
    if (deviceId !== null) await registerRow(tx, { account, deviceId, hostname, awDeviceId: null }, now(), address);
    const wish = { name: hostname.slice(0, 100), scope: GRANTED, deviceId, expiresAt: keyExpiresAt };
    return (await makeKey(tx, account, wish, now(), address, 'device')).key;
  };

  return {
    /**
     * A device asks. `counted` is what its address counts as; null for one that many share. Fails with `invalid` for
     * names that are no ordinary text, and with `rate_limited` where the address has too many codes open.
     */
    ask: async (asked: grants.Asked, counted: string | null): Promise<NewGrant> => {
      checkName('hostname', asked.hostname);
      if (asked.deviceId !== null) checkName('device_id', asked.deviceId);
      const device = makeSecret('device');
      const at = now();
      const expiresAt = new Date(at.getTime() + GOOD_FOR);
      return transaction(database, async (tx) => {
        if (counted !== null && (await grants.openFrom(tx, counted, at)) >= MOST_OPEN)
          throw new KtError(
            'rate_limited',
            `${MOST_OPEN} codes of your address wait already: use one, or wait until they expire`,
            { retryAfter: GOOD_FOR / 1000 },
          );
        for (let n = 0; n < TRIES; n++) {
          const code = makeUserCode();
          const grant = { deviceHash: device.hash, codeHash: code.hash, counted, interval: INTERVAL, at, expiresAt };
          if (await grants.create(tx, { ...asked, ...grant, address: asked.address.slice(0, 64) }))
            return { deviceCode: device.text, userCode: code.text, seconds: GOOD_FOR / 1000, interval: INTERVAL };
        }
        throw new KtError('unavailable', 'no free code was found: try again');
      });
    },

    /** Who asks with this code. Fails with `not_found`, and with `forbidden` for who may not decide. */
    look: async (viewer: Viewer, userCode: string): Promise<Asking> => {
      mustDecide(viewer);
      const hash = hashOfUserCode(userCode);
      const found = hash && (await run(database, (tx) => grants.findOpen(tx, hash, now())));
      if (!found) throw unknown();
      return { hostname: found.hostname, address: found.address, scope: GRANTED };
    },

    /** Lets the device with this code into the viewer's account, or not, once. Fails as `look` does. */
    decide: async (viewer: Viewer, userCode: string, approve: boolean): Promise<void> => {
      mustDecide(viewer);
      const hash = hashOfUserCode(userCode);
      const decided =
        hash &&
        (await transaction(database, async (tx) => {
          const by = approve ? { account: viewer.account, keyExpiresAt: await endOf(tx, viewer) } : null;
          return grants.decide(tx, hash, by, now());
        }));
      if (!decided) throw unknown();
    },

    /**
     * Answers a device that waits. Once it was let in, its key is made and told, this one time; the key is bound to the
     * device where that has an id already.
     */
    poll: async (deviceCode: string): Promise<GrantAnswer> => {
      const hash = hashOfSecret('device', deviceCode);
      if (!hash) return { state: 'unknown' };
      return transaction(database, async (tx): Promise<GrantAnswer> => {
        const at = now();
        // An account is locked before what belongs to it, everywhere.
        const account = await grants.approvedBy(tx, hash);
        if (account !== null) await lockAccount(tx, account);
        const grant = await grants.lock(tx, hash);
        if (!grant || grant.takenAt !== null) return { state: 'unknown' };
        if (grant.expiresAt <= at) return { state: 'expired' };
        const early = grant.polledAt !== null && at.getTime() - grant.polledAt.getTime() < grant.interval * 1000;
        const interval = early ? Math.min(grant.interval + INTERVAL, MOST_INTERVAL) : grant.interval;
        await grants.notePoll(tx, grant.id, at, interval);
        if (early) return { state: 'slow', interval };
        if (grant.decidedAt === null || grant.account !== account) return { state: 'pending' };
        if (account === null) return { state: 'denied' };
        const key = await keyOf(tx, account, grant);
        await grants.noteTaken(tx, grant.id, at);
        return { state: 'granted', key, scope: GRANTED };
      });
    },

    /** Deletes what expired a while ago; returns how many. */
    sweep: (): Promise<number> => run(database, (tx) => grants.sweep(tx, new Date(now().getTime() - GOOD_FOR))),
  };
};
