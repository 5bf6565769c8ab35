import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../config.ts';
import { makeRequestRates, rateLimitsOf, type RateLimits } from './request-rates.ts';

const rates = suite('requests a minute');

const KEY = 'kt_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';
const ALICE = '192.0.2.1';
const bearer = (key: string) => new Headers({ authorization: `Bearer ${key}` });
const viewer = { keyId: 'one', sessionId: null };

/** Rates on a clock of their own, and what is left of asking so often: how many were answered. */
const open = (limits: Partial<RateLimits> = {}, most?: number) => {
  const clock = { ms: 1_000 };
  const made = makeRequestRates({ perKey: 60, perAddress: 30, ...limits }, () => clock.ms, most);
  const answered = (times: number, headers = new Headers(), address: string | null = ALICE, isHeartbeat = false) =>
    Array.from({ length: times }, () => made.count(headers, address, isHeartbeat)).filter(
      (told) => !told || told.retryAfter === null,
    ).length;
  return { ...made, clock, answered };
};

rates('are those of an address where no good key is shown, and each address has its own', () => {
  const { answered } = open();
  assert.is(answered(100), 30);
  assert.is(answered(100, bearer(KEY)), 0, 'any text can be called a key');
  assert.is(answered(100, new Headers(), '192.0.2.2'), 30);
});

rates('are those of a key that was found to be good, in whatever form, and from wherever', () => {
  const { answered, known } = open();
  assert.is(answered(100), 30);
  const forms = [
    bearer(KEY),
    new Headers({ 'x-api-key': ` ${KEY} ` }),
    new Headers({ authorization: `Basic ${Buffer.from(`me:${KEY}`).toString('base64')}` }),
  ];
  for (const form of forms) known(form, viewer);
  assert.is(answered(40, forms[0]), 40, 'strangers behind its address do not keep it waiting');
  assert.is(answered(40, forms[1], '192.0.2.7'), 20);
  assert.is(answered(40, forms[2]), 0);
});

rates('are those of a browser that is signed in, whatever other cookies it has', () => {
  const { answered, known } = open();
  const token = 'ses-0123456789abcdefghijklmnopqrstuvwxyz';
  const cookie = (more: string, name = '__Host-kt') => new Headers({ cookie: `a=b; ${name}=${token}${more}` });
  known(cookie(''), { keyId: 'one', sessionId: 'browser' });
  assert.is(answered(50, cookie('; theme=dark')), 50);
  assert.is(answered(50, cookie('', 'kt')), 10);
  assert.is(answered(50, new Headers({ cookie: `notkt=${token}` })), 30, 'a stranger');
});

rates('let every heartbeat with a good key through', () => {
  const { answered, known } = open();
  known(bearer(KEY), viewer);
  assert.is(answered(61, bearer(KEY)), 60);
  assert.is(answered(10_000, bearer(KEY), ALICE, true), 10_000);
});

rates('count heartbeats of keys that are not known, apart from all else', () => {
  const { answered, known } = open();
  assert.is(answered(100), 30);
  assert.is(answered(1, bearer(KEY), ALICE, true), 1, 'the first one of a watcher is not kept out by strangers');
  known(bearer(KEY), viewer);
  assert.is(answered(1_000, bearer(KEY), ALICE, true), 1_000);
  assert.is(answered(100, bearer(`${KEY}-wrong`), ALICE, true), 29);
});

rates('forget a key that was refused', () => {
  const { answered, known, forget } = open();
  known(bearer(KEY), viewer);
  forget(bearer(KEY));
  assert.is(answered(100, bearer(KEY)), 30);
});

rates('count no request from this machine, or from nowhere', () => {
  const { answered } = open();
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', null])
    assert.is(answered(100, new Headers(), address), 100);
});

rates('take one /64 for one address', () => {
  const { answered } = open();
  assert.is(answered(20, new Headers(), '2001:db8:0:1::1'), 20);
  assert.is(answered(20, new Headers(), '2001:db8:0:1:ffff::'), 10);
  assert.is(answered(20, new Headers(), '2001:db8:0:2::1'), 20);
});

rates('have no limit where it is 0', () => {
  const { answered, known } = open({ perKey: 0, perAddress: 0 });
  assert.is(answered(1000), 1000);
  known(bearer(KEY), viewer);
  assert.is(answered(1000, bearer(KEY)), 1000);
});

rates('say nothing while half is left, then what is left, then when to ask again', () => {
  const { count, clock } = open();
  const ask = () => count(new Headers(), ALICE, false);
  for (let n = 0; n < 15; n++) assert.is(ask(), null);
  assert.equal(ask()!.fields, { ratelimit: '"address";r=14;t=32', 'ratelimit-policy': '"address";q=30;w=60' });
  for (let n = 0; n < 14; n++) assert.is(ask()!.retryAfter, null);
  const told = ask()!;
  assert.equal(told.retryAfter, 2);
  assert.is(told.fields.ratelimit, '"address";r=0;t=2');
  assert.match(told.message, 'wait 2 s');
  clock.ms += 2000;
  assert.is(ask()!.retryAfter, null, 'one came back');
  assert.is(ask()!.retryAfter, 2, 'and no more');
});

rates('answer whoever waits as long as was asked, and never more than the limit in any minute', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 300 }),
      (perAddress, pauses) => {
        const { count, clock } = open({ perAddress });
        const times: number[] = [];
        for (const pause of pauses) {
          clock.ms += pause;
          const told = count(new Headers(), ALICE, false);
          if (!told?.retryAfter) {
            times.push(clock.ms);
            continue;
          }
          clock.ms += told.retryAfter * 1000;
          assert.not.ok(count(new Headers(), ALICE, false)?.retryAfter);
          times.push(clock.ms);
        }
        // A full bucket, and what comes back in that minute.
        for (const from of times)
          assert.ok(times.filter((at) => at >= from && at < from + 60_000).length <= 2 * perAddress);
      },
    ),
  );
});

rates('remember a limited number of addresses and keys, and forget those that asked longest ago', () => {
  const { answered, known } = open({}, 8);
  known(bearer(KEY), viewer);
  assert.is(answered(100), 30);
  for (let n = 0; n < 3; n++) assert.is(answered(100, new Headers(), `198.51.100.${n}`), 30);
  assert.is(answered(1), 0, 'among the last few');
  for (let n = 10; n < 20; n++) answered(1, new Headers(), `198.51.100.${n}`);
  assert.is(answered(100), 30, 'forgotten, so its bucket is full');
  assert.is(answered(40, bearer(KEY)), 40, 'addresses drive out no keys');
});

rates('are set by numbers, and switched off by no and 0', () => {
  const read = (value: string) =>
    rateLimitsOf(readConfig({ dataDir: `${tmpdir()}/kt-no-such-folder` }, { KT_SERVER_REQUESTS_PER_KEY: value }))
      .perKey;
  assert.equal(['5', '0', 'no', 'off'].map(read), [5, 0, 0, 0]);
  for (const value of ['-1', '1.5', 'many', 'yes'])
    assert.throws(() => read(value), /^KT_SERVER_REQUESTS_PER_KEY must be a whole number, or no or 0 for none/);
});

rates.run();
