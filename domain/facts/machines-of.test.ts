import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { machinesOf } from './machines-of.ts';

const machines = suite('machines of a device');

const bucket = (id: string, type: string, hostname: string, more: object = {}) => ({
  id,
  type,
  hostname,
  client: 'c',
  data: {},
  ...more,
});
const shown = (found: ReturnType<typeof machinesOf<ReturnType<typeof bucket>>>) =>
  found.map(({ windows, afk, web }) => [windows, afk, web].map((list) => list.map(({ id }) => id).join()));

machines('are one, whatever its hostname was at times', () => {
  const all = [
    bucket('w1', 'currentwindow', 'old'),
    bucket('a', 'afkstatus', 'new'),
    bucket('w2', 'currentwindow', 'new'),
    bucket('f', 'web.tab.current', 'unknown'),
    bucket('e', 'app.editor.activity', 'new'),
  ];
  assert.equal(shown(machinesOf(all, false)), [['w1,w2', 'a', 'f']]);
});

machines('of the account’s own device are told apart by hostname, and browsers without one belong to each', () => {
  const all = [
    bucket('w1', 'currentwindow', 'desk'),
    bucket('a1', 'afkstatus', 'desk'),
    bucket('w2', 'currentwindow', 'phone'),
    bucket('f', 'web.tab.current', 'unknown'),
    bucket('g', 'web.tab.current', 'desk'),
  ];
  assert.equal(shown(machinesOf(all, true)), [
    ['w1', 'a1', 'g,f'],
    ['w2', '', 'f'],
  ]);
});

machines('have no copies of what other devices recorded', () => {
  const copies = [
    bucket('w-synced-from-desk', 'currentwindow', 'desk'),
    bucket('w', 'currentwindow', 'desk', { client: 'kt-client:x' }),
    bucket('w', 'currentwindow', 'desk', { data: { '$aw.sync.origin': 'desk' } }),
  ];
  assert.equal(machinesOf(copies, true), []);
});

machines.run();
