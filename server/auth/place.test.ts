import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { forgetSession, keepSession, sessionShown } from './cookie.ts';
import { makePlaces, type Place } from './place.ts';

const places = suite('where a browser reaches the server');

type Case = [
  settings: { publicUrl?: string; trustProxy?: boolean },
  headers: Record<string, string>,
  transport: Place['transport'],
  here: string,
];
const PUBLIC = 'https://example.org/kt';
const CASES: Case[] = [
  [{}, { host: '127.0.0.1:5700' }, 'loopback', 'http://127.0.0.1:5700'],
  [{}, { host: 'LOCALHOST:5700' }, 'loopback', 'http://localhost:5700'],
  [{}, { host: '[::1]:5700' }, 'loopback', 'http://[::1]:5700'],
  [{}, { host: '127.0.0.1:80' }, 'loopback', 'http://127.0.0.1'],
  [{}, { host: 'nas:5700' }, 'open', 'http://nas:5700'],
  [{}, { host: '127.0.0.1.evil.example' }, 'open', 'http://127.0.0.1.evil.example'],
  [{ publicUrl: PUBLIC }, { host: 'example.org' }, 'https', 'https://example.org'],
  [{ publicUrl: PUBLIC }, { host: 'nas:5700' }, 'open', 'http://nas:5700'],
  // A proxy that puts another Host: the browser itself says where its page is from.
  [{ publicUrl: PUBLIC }, { host: '127.0.0.1:5700', origin: 'https://example.org' }, 'https', 'https://example.org'],
  [{ publicUrl: 'http://nas:5700' }, { host: 'nas:5700' }, 'open', 'http://nas:5700'],
  [
    { trustProxy: true },
    { host: 'up', 'x-forwarded-host': 'kt.lan', 'x-forwarded-proto': 'https' },
    'https',
    'https://kt.lan',
  ],
  [
    { trustProxy: true },
    { host: 'up', 'x-forwarded-host': 'kt.lan, b', 'x-forwarded-proto': 'http, c' },
    'open',
    'http://kt.lan',
  ],
  // Anybody can send these where no proxy is trusted, and an origin that is not ours.
  [{}, { host: 'nas', 'x-forwarded-host': 'localhost', 'x-forwarded-proto': 'https' }, 'open', 'http://nas'],
  [{}, { host: 'nas', origin: 'https://nas' }, 'open', 'http://nas'],
];

places('is known by the settings, the proxy that is trusted, and the browser', () => {
  for (const [{ publicUrl = '', trustProxy = false }, headers, transport, here] of CASES) {
    const told = JSON.stringify([publicUrl, headers]);
    const place = makePlaces({ publicUrl, trustProxy }).of(new Request('http://made.up/', { headers }));
    assert.is(place.transport, transport, told);
    assert.ok(place.own.includes(here), `${told}: ${place.own}`);
    assert.ok(
      place.own.every((origin) => origin === here || PUBLIC.startsWith(origin) || origin.startsWith('http://')),
      told,
    );
  }
});

places('is of no page where the host is no host', () => {
  const place = makePlaces({ publicUrl: '', trustProxy: true }).of(
    new Request('http://made.up/', { headers: { 'x-forwarded-host': 'a b/"', 'x-forwarded-proto': 'javascript' } }),
  );
  assert.equal(place, { own: [], transport: 'open' });
});

places('is one address: the connection’s, or the last that a trusted proxy names', () => {
  const from = (trustProxy: boolean, forwarded: string | null, connected: string | undefined) =>
    makePlaces({ publicUrl: '', trustProxy }).addressOf(
      new Request('http://kt/', { headers: forwarded === null ? {} : { 'x-forwarded-for': forwarded } }),
      connected,
    );
  assert.is(from(false, '192.0.2.1', '::ffff:192.0.2.9'), '192.0.2.9');
  assert.is(from(true, '203.0.113.5, 192.0.2.1', '127.0.0.1'), '192.0.2.1');
  assert.is(from(true, '2001:db8::1', '127.0.0.1'), '2001:db8::1');
  assert.is(from(true, 'unknown, <b>', '127.0.0.1'), '127.0.0.1');
  assert.is(from(true, null, '127.0.0.1'), '127.0.0.1');
  assert.is(from(false, null, undefined), null);
});

const at = (transport: Place['transport']): Place => ({ own: [], transport });

places('decides what cookie is set', () => {
  assert.is(keepSession('t', 60, at('https')), '__Host-kt=t; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax');
  assert.is(keepSession('t', 60, at('loopback')), 'kt=t; Max-Age=60; Path=/; HttpOnly; SameSite=Lax');
  assert.is(keepSession('t', 60, at('open')), 'kt=t; Max-Age=60; Path=/; HttpOnly; SameSite=Strict');
});

places('decides which cookie counts: encrypted, never one that another host of the domain could have set', () => {
  const shown = (cookie: string, transport: Place['transport']) => sessionShown(new Headers({ cookie }), at(transport));
  assert.is(shown('a=b; __Host-kt=safe; kt=plain', 'https'), 'safe');
  assert.is(shown('kt=plain', 'https'), null);
  assert.is(shown('kt=plain; __Host-kt=safe', 'open'), 'safe');
  assert.is(shown('kt=plain', 'loopback'), 'plain');
  assert.is(shown('KT=plain; __proto__=x; kt2=y', 'loopback'), null);
  assert.is(sessionShown(new Headers(), at('loopback')), null);
});

places('decides how cookies are forgotten: those that are shown, as they were set', () => {
  const forgotten = forgetSession(new Headers({ cookie: '__Host-kt=a; kt=b; other=c' }), at('https'));
  assert.equal(forgotten, [
    '__Host-kt=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    'kt=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
  ]);
  assert.equal(forgetSession(new Headers(), at('https')), []);
});

places.run();
