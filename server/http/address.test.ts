import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeAddress } from './address.ts';
import { segmentsOf, withoutFolder } from './paths.ts';

const addresses = suite('where people find the server');

const PREFIX = { 'x-forwarded-prefix': '/kt' };
const HOST = { 'x-forwarded-host': 'example.org' };
const PROTO = { 'x-forwarded-proto': 'https' };

addresses('is what the settings say, then what a trusted proxy says, and else not known', () => {
  type Case = [publicUrl: string, trustProxy: boolean, headers: Record<string, string>, address: string | null];
  const cases: Case[] = [
    ['', false, {}, null],
    ['', false, { ...PREFIX, ...HOST, ...PROTO }, null],
    ['https://a.example/b', false, { ...PREFIX, ...HOST, ...PROTO }, 'https://a.example/b'],
    ['https://a.example/b', true, { ...PREFIX, ...HOST, ...PROTO }, 'https://a.example/b'],
    ['', true, {}, null],
    ['', true, PREFIX, 'http://seen:1/kt'],
    ['', true, { 'x-forwarded-prefix': '/kt/' }, 'http://seen:1/kt'],
    ['', true, { 'x-forwarded-prefix': '/' }, 'http://seen:1'],
    ['', true, PROTO, 'https://seen:1'],
    ['', true, { ...PREFIX, ...HOST, ...PROTO }, 'https://example.org/kt'],
    ['', true, { ...HOST, 'x-forwarded-proto': 'https, http' }, 'https://example.org'],
    ['', true, { 'x-forwarded-host': 'first.example, second.example' }, 'http://first.example'],
    ['', true, { 'x-forwarded-host': '[::1]:5700' }, 'http://[::1]:5700'],
    // What could be no part of an address was not said.
    ['', true, { 'x-forwarded-host': 'a"onload=x' }, null],
    ['', true, { 'x-forwarded-host': 'a.example/path' }, null],
    ['', true, { ...HOST, 'x-forwarded-proto': 'javascript' }, 'http://example.org'],
    ['', true, { ...HOST, 'x-forwarded-prefix': '//evil.example' }, 'http://example.org'],
    ['', true, { ...HOST, 'x-forwarded-prefix': '/$(id)' }, 'http://example.org'],
    ['', true, { 'x-forwarded-host': '1.2.3.4.5' }, null],
  ];
  for (const [publicUrl, trustProxy, headers, expected] of cases) {
    const { of } = makeAddress({ publicUrl, trustProxy });
    assert.is(of(new Request('http://seen:1/', { headers })), expected, JSON.stringify([publicUrl, headers]));
  }
});

addresses('has a folder only where the settings name it', () => {
  const folderOf = (publicUrl: string, trustProxy = false) => makeAddress({ publicUrl, trustProxy }).folder;
  assert.equal(folderOf('https://example.org/a/b'), ['a', 'b']);
  assert.equal(folderOf('https://example.org'), []);
  assert.equal(folderOf('', true), []);
});

addresses('is taken off a path that has it, once, however it is spelt, and off no other', () => {
  for (const [target, rest] of [
    ['/kt', '/'],
    ['/kt/', '/'],
    ['/kt?a=/kt/b', '/?a=/kt/b'],
    ['/kt#a', '/#a'],
    ['//kt//graphql', '//graphql'],
    ['/%6bt/health', '/health'],
    ['/kt/kt/x', '/kt/x'],
    ['/kt/api/0/buckets/a%2Fb/../c?d=e', '/api/0/buckets/a%2Fb/../c?d=e'],
    ['http://example.org/kt/health', '/health'],
    ['/ktx/health', '/ktx/health'],
    ['/KT/health', '/KT/health'],
    ['/health', '/health'],
    ['/a/kt/health', '/a/kt/health'],
    ['/../kt/health', '/../kt/health'],
    ['/', '/'],
    ['', ''],
    ['*', '*'],
  ])
    assert.is(withoutFolder(target!, ['kt']), rest, target);
  assert.is(withoutFolder('/a/health', ['a', 'b']), '/a/health');
  assert.is(withoutFolder('/a/b/health', ['a', 'b']), '/health');
});

addresses('leaves the rest of any path as it was', () => {
  const text = fc.string({ unit: fc.constantFrom('/', '.', '%', '2', 'F', '?', '#', 'a', 'ü', ' ') });
  fc.assert(
    fc.property(text, (rest) => {
      assert.equal(segmentsOf(withoutFolder(`/kt/x/${rest}`, ['kt', 'x'])), segmentsOf(`/${rest}`));
      assert.is(withoutFolder(`/${rest}`, []), `/${rest}`);
    }),
  );
});

addresses.run();
