/**
 * spec/rest DEV-19: a time without a zone, and a date alone, are UTC wherever they are accepted, and the response says
 * that it was assumed.
 */
import * as assert from 'uvu/assert';
import type { Asker, Reply } from './asker.ts';
import { expectFailure } from './expect.ts';
import { B, E, listed, stored, T, wireSuite } from './scene.ts';

const times = wireSuite('REST times');

/** T(0) in forms without a zone, and in some with one. */
const OPEN = ['2020-01-01', '2020-1-1', '2020-01-01T00:00:00', '2020-01-01 00:00:00', '2020-01-01T0:0:0.000'];
const ZONED = [T(0), '2020-01-01T01:00:00+01:00', '2020-01-01 0:0:0 UTC'];
const NONE = ['2020-01-01T00:00', '2020-02-30', '9999-01-01', '2020', 'now', ''];

/** Every input for a time: the request, and how many events of the bucket it selects. */
const WAYS: Record<string, (user: Asker, time: string) => Promise<Reply>> = {
  'start of a list': (user, time) => user.get(`/buckets/b/events?start=${encodeURIComponent(time)}`),
  'end of a list': (user, time) => user.get(`/buckets/b/events?end=${encodeURIComponent(time)}`),
  'start of a count': (user, time) => user.get(`/buckets/b/events/count?start=${encodeURIComponent(time)}`),
  'an event': (user, timestamp) => user.post('/buckets/b/events', [E(0, 0), { timestamp, data: {} }]),
  'one event': (user, timestamp) => user.post('/buckets/b/events', { timestamp, data: {} }),
  'a heartbeat': (user, timestamp) => user.post('/buckets/b/heartbeat?pulsetime=1', { timestamp, data: {} }),
  'when a bucket was created': (user, created) => user.post('/buckets/made', { ...B, created }),
  'when a bucket was updated': (user, last_updated) => user.post('/buckets/made', { ...B, last_updated }),
  'an event of a new bucket': (user, timestamp) =>
    user.post('/buckets/made', { ...B, events: [{ timestamp, data: {} }] }),
  'an event of an import': (user, timestamp) =>
    user.post('/import', { buckets: { made: { ...B, events: [{ timestamp, data: {} }] } } }),
  'a bucket of an import': (user, created) => user.post('/import', { buckets: { made: { ...B, created } } }),
  'where a period begins': (user, time) =>
    user.post('/query', { query: ['RETURN = STARTTIME;'], timeperiods: [`${time}/${T(9)}`] }),
  'where a period ends': (user, time) =>
    user.post('/query', { query: ['RETURN = ENDTIME;'], timeperiods: [`${T(-9)}/${T(9)}`, `${T(-9)}/${time}`] }),
};

/** Malformed events in a creation or an import are dropped, as aw-server-rust does. */
const DROPPED = ['an event of a new bucket', 'an event of an import'];

for (const [way, ask] of Object.entries(WAYS)) {
  times(`without a zone are UTC, and the answer says so: ${way}`, async ({ user }) => {
    for (const time of OPEN) {
      const reply = await ask(user, time);
      assert.is(reply.status, 200, `${time}: ${reply.text}`);
      assert.is(reply.headers.get('x-time-zone-assumed'), 'UTC', time);
      await user.delete('/buckets/made');
    }
    for (const time of ZONED) {
      const reply = await ask(user, time);
      assert.is(reply.status, 200, `${time}: ${reply.text}`);
      assert.is(reply.headers.get('x-time-zone-assumed'), null, time);
      await user.delete('/buckets/made');
    }
  });

  times(`that are none are refused all the same: ${way}`, async ({ user }) => {
    for (const time of NONE) {
      const reply = await ask(user, time);
      if (DROPPED.includes(way)) assert.equal(await listed(user, '', 'made'), [], time);
      else expectFailure(reply, way.includes('of a list') || way.includes('count') ? 400 : 422);
      assert.is(reply.headers.get('x-time-zone-assumed'), null, time);
      await user.delete('/buckets/made');
    }
  });
}

times('mean what they say, to the microsecond', async ({ user }) => {
  const made = await stored(user, [
    { timestamp: '2020-1-1 0:0:5.25', duration: 1, data: {} },
    { timestamp: '2020-01-02', data: {} },
  ]);
  assert.equal(
    made.map((event) => event.timestamp),
    ['2020-01-01T00:00:05.250Z', '2020-01-02T00:00:00Z'],
  );
  assert.equal(
    (await listed(user, '?start=2020-01-01&end=2020-01-01T0:0:5.5')).map((event) => [event.timestamp, event.duration]),
    [['2020-01-01T00:00:05.250Z', 0.25]],
  );
  await user.post('/buckets/made', { ...B, created: '2020-01-01' });
  assert.is((await user.get('/buckets/made')).json.created, T(0));
  const periods = ['2020-01-01/2020-01-02', '2020-01-01T00:00:00+02:00/2020-1-2'];
  const { json } = await user.post('/query', {
    query: ['RETURN = [STARTTIME, ENDTIME, query_bucket_eventcount("b")];'],
    timeperiods: periods,
  });
  assert.equal(json, [
    ['2020-01-01T00:00:00+00:00', '2020-01-02T00:00:00+00:00', 2],
    ['2020-01-01T00:00:00+02:00', '2020-01-02T00:00:00+00:00', 2],
  ]);
});

times('whose + was read as a blank are refused, and not read without their zone', async ({ user }) => {
  for (const time of ['2020-01-01T10:00:00+00:00', '2020-01-01T10:00:00+0200', '2020-01-01+02:00'])
    expectFailure(await user.get(`/buckets/b/events?start=${time}`), 400);
});

times.run();
