import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shownHostname, shownHostnames } from './shown-hostname.ts';

const devices = (...hostnames: string[]) => hostnames.map((hostname, i) => ({ deviceId: `device-${i}`, hostname }));
const names = (...hostnames: string[]) => [...shownHostnames(devices(...hostnames)).values()];

const shown = suite('the shown name of a device');

const NAMES: [string[], string[]][] = [
  [[], []],
  [
    ['laptop', 'desk'],
    ['laptop', 'desk'],
  ],
  [
    ['MacBook-Pro', 'MacBook-Pro'],
    ['MacBook-Pro', 'MacBook-Pro (2)'],
  ],
  [
    ['a', 'b', 'a', 'b', 'a'],
    ['a', 'b', 'a (2)', 'b (2)', 'a (3)'],
  ],
  // Somebody is called so already.
  [
    ['a (2)', 'a', 'a'],
    ['a (2)', 'a', 'a (3)'],
  ],
  [
    ['a', 'a', 'a (2)'],
    ['a', 'a (2)', 'a (2) (2)'],
  ],
  [
    ['unknown', 'unknown', ''],
    ['unknown', 'unknown (2)', ''],
  ],
];
shown('is its hostname, with a number where an earlier one has it', () => {
  for (const [given, wanted] of NAMES) assert.equal(names(...given), wanted, given.join(', '));
});

const hostnames = fc.array(fc.constantFrom('a', 'b', 'a (2)', 'a (2) (2)', 'a (3)', '', 'unknown'), { maxLength: 30 });
shown('is nobody else’s, and stays when others come', () => {
  fc.assert(
    fc.property(hostnames, hostnames, (first, more) => {
      const all = names(...first, ...more);
      assert.is(new Set(all).size, all.length);
      assert.equal(all.slice(0, first.length), names(...first));
    }),
  );
});

const ofBucket = suite('the shown hostname of a bucket');
const [first, second] = devices('laptop', 'laptop') as [
  { deviceId: string; hostname: string },
  { deviceId: string; hostname: string },
];
const both = shownHostnames([first, second]);

const BUCKETS: [hostname: string, device: typeof first, wanted: string][] = [
  ['unknown', first, 'laptop'],
  ['', first, 'laptop'],
  ['  ', first, 'laptop'],
  ['laptop', first, 'laptop'],
  ['unknown', second, 'laptop (2)'],
  ['laptop', second, 'laptop (2)'],
  ['phone', second, 'phone'],
  ['Unknown-PC', second, 'Unknown-PC'],
];
ofBucket('is its device’s where the watcher gave none, or the device’s own', () => {
  for (const [hostname, device, wanted] of BUCKETS)
    assert.is(shownHostname({ hostname }, device, both), wanted, hostname);
});
ofBucket('of a device that is not on the list is that device’s own', () => {
  assert.is(shownHostname({ hostname: 'unknown' }, { deviceId: 'other', hostname: 'desk' }, both), 'desk');
});

shown.run();
ofBucket.run();
