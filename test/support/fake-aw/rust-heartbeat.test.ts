import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { BUCKET, E, fresh, ids, spans, T, type Ask } from './ask.ts';

/** spec/rest 4 and the cases 43 to 55, as [R] has them */
const beats = suite('fake-aw: [R] heartbeats, import, export, settings');
const open = () => fresh({ kind: 'rust' });
const beat = (ask: Ask, at: number, pulsetime: number | string, data: object = {}, duration?: number) =>
  ask('POST', `buckets/b/heartbeat?pulsetime=${pulsetime}`, {
    timestamp: T(at),
    data,
    ...(duration === undefined ? {} : { duration }),
  });
const listed = async (ask: Ask) => spans(await ask('GET', 'buckets/b/events'));

beats('grow the last event up to and on the edge of the pulsetime', async () => {
  const ask = await open();
  const answers = [await beat(ask, 0, 5), await beat(ask, 5, 5), await beat(ask, 10, 5), await beat(ask, 15.001, 5)];
  assert.equal(
    answers.map(({ json }) => [json.id, json.duration]),
    [
      [1, 0],
      [1, 5],
      [1, 10],
      [2, 0],
    ],
  );
});

beats('begin anew when data change, with deep and ordered equality', async () => {
  const ask = await open();
  for (const data of [{ a: 1 }, { a: 2 }, { a: 1 }, { a: true }, { a: 1, b: null }, { l: [1, 2] }, { l: [2, 1] }])
    await beat(ask, 1, 60, data);
  assert.is((await listed(ask)).length, 7);
  await beat(ask, 2, 60, { x: { p: 1, q: 2 }, y: 0 });
  await beat(ask, 3, 60, { y: 0, x: { q: 2, p: 1 } });
  assert.is((await listed(ask)).length, 8);
});

beats('never shorten, and with a negative pulsetime demand overlap', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 20)]);
  assert.is((await beat(ask, 17, -2)).json.duration, 20);
  assert.is((await beat(ask, 19, -2)).json.id, 2);
});

beats('compare with the last heartbeat, not with the newest event', async () => {
  const ask = await open();
  for (const at of [0, 100, 50, 101, 102]) await beat(ask, at, 5);
  assert.equal(await listed(ask), ['101+1', '100+0', '50+0', '0+0']);
});

beats('compare with the newest event after a POST of events or a restart', async () => {
  const ask = await open();
  await beat(ask, 1000, 5);
  await beat(ask, 0, 5);
  await beat(ask, 3, 5);
  await ask('POST', 'buckets/b/events', [E(-9, 0)]);
  assert.is((await beat(ask, 1002, 5)).json.duration, 2);
  await beat(ask, 500, 5);
  ask.aw.restart();
  assert.is((await beat(ask, 1003, 5)).json.duration, 3);
});

beats('fail once when the event of the slot is gone', async () => {
  const ask = await open();
  await beat(ask, 0, 5);
  await beat(ask, 1, 5); // the very first leaves the slot empty
  await ask('DELETE', 'buckets/b/events/1');
  assert.is((await beat(ask, 2, 5)).status, 500);
  assert.is((await beat(ask, 2, 5)).json.id, 2);
  await beat(ask, 3, 5);
  await ask('DELETE', 'buckets/b');
  await ask('POST', 'buckets/b', BUCKET);
  assert.is((await beat(ask, 4, 5)).status, 500);
  assert.is((await beat(ask, 4, 5)).status, 200);
});

beats('want a pulsetime, an object and a bucket', async () => {
  const ask = await open();
  for (const bad of ['', 'x']) assert.is((await beat(ask, 0, bad)).status, 422);
  for (const good of ['1e1', '60', '60.0', '0.5']) assert.is((await beat(ask, 0, good)).status, 200);
  assert.is((await ask('POST', 'buckets/b/heartbeat', E(0, 0))).status, 422);
  assert.is((await ask('POST', 'buckets/b/heartbeat?pulsetime=1', [E(0, 0)])).status, 422);
  assert.is((await ask('POST', 'buckets/nope/heartbeat?pulsetime=1', E(0, 0))).status, 404);
});

beats('in parallel make one event', async () => {
  const ask = await open();
  await Promise.all(Array.from({ length: 20 }, () => beat(ask, 0, 60)));
  assert.equal(await listed(ask), ['0+0']);
});

beats('export tells ids and whole events; import restores them', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 1, { a: 1 }), E(9, 1)]);
  const file = await ask('GET', 'buckets/b/export');
  assert.is(file.headers.get('content-type'), null);
  assert.is(file.headers.get('content-disposition'), 'attachment; filename=aw-bucket-export_b.json');
  assert.equal(ids({ ...file, json: file.json.buckets.b.events }), [2, 1]);
  await ask('DELETE', 'buckets/b');
  assert.is((await ask('POST', 'import', file.text)).status, 200);
  assert.equal((await ask('GET', 'export')).json, file.json);
});

beats('import merges only what has no equal, and its ids steal rows', async () => {
  const ask = await open();
  await ask('POST', 'buckets/b/events', [E(0, 1, { a: 1, b: 2 }), E(9, 1)]);
  const { buckets } = (await ask('GET', 'export')).json;
  buckets.b.events.push(E(0, 1, { b: 2, a: 1 }), E(0, 2), 'junk');
  await ask('POST', 'import', { buckets });
  assert.equal(await listed(ask), ['9+1', '0+1', '0+2']);
  const copy = (await ask('GET', 'export')).json.buckets.b;
  await ask('POST', 'import', { buckets: { any: { ...copy, id: 'copy' } } });
  assert.equal(await listed(ask), []);
  assert.is((await ask('GET', 'buckets/copy/events/count')).text, '3');
});

beats('import takes a form, and nothing of a file with a bad bucket', async () => {
  const ask = await open();
  const form = new FormData();
  form.append('buckets.json', new Blob([JSON.stringify({ buckets: { f: { id: 'f', ...BUCKET } } })]));
  assert.is(
    (await ask.aw.fetch(new Request('http://aw.test/api/0/import', { method: 'POST', body: form }))).status,
    200,
  );
  assert.is((await ask('GET', 'buckets/f')).status, 200);
  assert.is((await ask('POST', 'import', { buckets: { g: { id: 'g', ...BUCKET }, h: { id: 'h' } } })).status, 422);
  assert.is((await ask('GET', 'buckets/g')).status, 404);
});

beats('settings keep any JSON under keys of up to 127 bytes', async () => {
  const ask = await open();
  for (const value of ['"x"', '0', 'null', 'false', '""', '[]', '{"b":1}']) {
    assert.is((await ask('POST', 'settings/k', value)).status, 201);
    assert.is((await ask('GET', 'settings/k')).text, value);
    assert.is((await ask('GET', 'settings')).text, `{"k":${value}}`);
  }
  assert.is((await ask('DELETE', 'settings/k')).status, 200);
  assert.is((await ask('GET', 'settings/k')).text, 'null');
  assert.is((await ask('POST', `settings/${'k'.repeat(127)}`, '1')).status, 201);
  assert.is((await ask('GET', `settings/${'k'.repeat(128)}`)).status, 400);
});

beats.run();
