import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../package.json' with { type: 'json' };
import { clientFault, isOlder, outdated, serverFault } from './versions.ts';

const versions = suite('versions of client and server');

versions('are in the order of their numbers, one before a release before it', () => {
  const inOrder = ['0.1.0', '0.1.9', '0.1.10-beta.1', '0.1.10', '0.2.0', '1.0.0-rc.1', '1.0.0', '10.0.0'];
  for (const [i, version] of inOrder.entries())
    for (const [j, other] of inOrder.entries()) assert.is(isOlder(version, other), i < j, `${version} < ${other}`);
  assert.not.ok(isOlder('1.0.0+a', '1.0.0+b'));
});

versions('that are none are neither older nor newer, whatever is sent', () => {
  const none = ['', '1', '1.2', 'v1.2.3', '1.2.3.4', '1.2.3-', `1.2.${'9'.repeat(40)}`, '1.2.3-\n', '-1.0.0'];
  for (const text of none) assert.equal([isOlder(text, '9.9.9'), isOlder('0.0.0', text)], [false, false], text);
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => !(isOlder(a, b) && isOlder(b, a))));
});

versions('of one release work together, and nobody is told anything', () => {
  const { version } = manifest;
  assert.equal(
    [clientFault(version, version), serverFault(version, 'http://kt'), outdated(version, version, 'http://kt')],
    [null, null, null],
  );
});

versions('work together but for what is too old: that is told what to do', () => {
  assert.is(clientFault(null, '0.1.0'), null, 'who tells none may be any');
  assert.is(clientFault('9.0.0', '0.2.0'), null, 'a newer one is not refused');
  assert.ok(clientFault('0.1.0', '0.2.0') && serverFault('0.1.0', 'http://kt'), 'they know events as objects only');
  assert.is(clientFault('1.4.9', '2.0.0', '1.4.0'), null);
  assert.match(
    clientFault('1.3.9', '2.0.0', '1.4.0')!,
    /^kt-client 1\.3\.9 is too old .* is 2\.0\.0 and works with 1\.4\.0 and newer: renew it by `npm install -g [^`]+`$/,
  );
  assert.is(serverFault('1.4.0', 'http://kt', '1.4.0'), null);
  assert.match(serverFault('1.3.0', 'http://kt', '1.4.0')!, /^the kt-server at http:\/\/kt is 1\.3\.0, too old/);
});

versions('differ: the client that is older says how to renew it, and the one that is newer nothing', () => {
  assert.match(
    outdated('0.1.0', '0.2.0', 'https://kt.example')!,
    'renew it by `npm install -g https://kt.example/client/kt-client.tgz`',
  );
  assert.is(outdated('0.2.0', '0.1.0', 'https://kt.example'), null);
  assert.match(outdated('0.1.0', '0.2.0', 'https://kt.example', true)!, /executable of that version in its place$/);
});

versions.run();
