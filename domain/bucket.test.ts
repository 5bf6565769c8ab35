import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { copyId, copyOrigin, secondHandReason } from './bucket.ts';

const buckets = suite('bucket');
const own = { id: 'aw-watcher-window_laptop', client: 'aw-watcher-window', data: {} };
const DEVICE = '0b9d6d0e-3c5e-4d43-93b6-5d2f8b0d8f0a';

buckets('is first-hand unless one of four marks says that a sync made it', () => {
  assert.is(secondHandReason(own), null);
  const marked: [Partial<typeof own>, RegExp][] = [
    [{ id: 'aw-watcher-window-synced-from-desk' }, /id contains/],
    [{ client: `kt-client:${DEVICE}` }, /client is/],
    [{ data: { '$kt.origin': { device: DEVICE } } }, /\$kt\.origin/],
    [{ data: { '$kt.origin': null } }, /\$kt\.origin/],
    [{ data: { '$aw.sync.origin': 'desk' } }, /\$aw\.sync\.origin/],
  ];
  for (const [mark, reason] of marked) assert.match(secondHandReason({ ...own, ...mark })!, reason);
  for (const near of [{ id: 'synced-from-desk' }, { client: 'aw-kt-client:x' }, { data: { origin: 1 } }])
    assert.is(secondHandReason({ ...own, ...near }), null);
});

buckets('that is a copy tells where it comes from by what its server kept', () => {
  const mark = { device: DEVICE, bucket: 'window', server: 'https://kt.example' };
  assert.equal(copyOrigin({ client: `kt-client:${DEVICE}`, data: { '$kt.origin': mark } }), {
    device: DEVICE,
    bucket: 'window',
  });
  assert.equal(
    copyOrigin({ client: `kt-client:${DEVICE}`, data: {} }),
    { device: DEVICE, bucket: null },
    'the Python aw-server drops data',
  );
  for (const data of [{}, { '$kt.origin': null }, { '$kt.origin': { bucket: 'window' } }, { '$kt.origin': [DEVICE] }])
    assert.is(copyOrigin({ client: 'aw-watcher-window', data }), null);
});

buckets('that is a copy is named for its bucket and its host, in letters any server takes', () => {
  assert.is(copyId('aw-watcher-window_laptop', 'laptop'), 'aw-watcher-window_laptop-synced-from-laptop');
  assert.is(copyId('web/é b', 'Jane’s Mac 😀'), 'web___b-synced-from-Jane_s_Mac__');
  assert.is(copyId('window', 'laptop', '0b9d6d0e'), 'window-synced-from-laptop-0b9d6d0e');
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      fc.option(fc.string()),
      (id, host, tag) => {
        const name = copyId(id, host, tag ?? undefined);
        assert.match(name, /^[A-Za-z0-9._-]*$/);
        assert.ok(secondHandReason({ ...own, id: name }), 'a copy is never pushed');
      },
    ),
  );
});

buckets.run();
