import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { whyNotByCookie, whyNotToSignIn, type ByCookie } from './by-cookie.ts';
import type { Place } from './place.ts';

const byCookie = suite('requests by a cookie');

const OWN = ['https://kt.example.org', 'http://127.0.0.1:5700'];
const METHODS = ['GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'get', ''];
const TYPES = [
  null,
  'application/json',
  'Application/JSON; charset=utf-8',
  ...['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp'],
  ...['text/json', 'application/graphql+json', 'text/plain, application/json', 'text/plain;application/json'],
];
const SITES = [null, 'same-origin', 'same-site', 'cross-site', 'none', '', 'SAME-ORIGIN'];
const ORIGINS = [
  null,
  ...OWN,
  'HTTPS://KT.example.org',
  ...['null', '', 'https://evil.example', 'https://kt.example.org.evil.example', 'https://kt.example.org:8443'],
  ...['http://kt.example.org', 'http://127.0.0.1:5600', 'moz-extension://a'],
];
const TRANSPORTS: Place['transport'][] = ['https', 'loopback', 'open'];

const all: ByCookie[] = METHODS.flatMap((method) =>
  TYPES.flatMap((contentType) =>
    SITES.flatMap((site) =>
      ORIGINS.flatMap((origin) =>
        TRANSPORTS.map((transport) => ({ method, contentType, site, origin, transport, own: OWN })),
      ),
    ),
  ),
);

const isRead = ({ method }: ByCookie) => method === 'GET' || method === 'HEAD';
const isJson = ({ contentType }: ByCookie) => /^application\/json(;.*)?$/i.test(contentType ?? '');
const isOurs = ({ origin }: ByCookie) =>
  /^(https:\/\/kt\.example\.org|http:\/\/127\.0\.0\.1:5700)$/i.test(origin ?? '');
const allowed = all.filter((request) => whyNotByCookie(request) === null);

byCookie(`are judged in ${all.length} ways, and the words say why not`, () => {
  assert.ok(all.length > 20_000 && allowed.length > 500);
  for (const request of all) assert.type(whyNotByCookie(request) ?? '', 'string');
});

byCookie('never write from a page that a browser calls another’s, or another origin’s', () => {
  for (const request of allowed.filter((one) => !isRead(one))) {
    const told = JSON.stringify(request);
    assert.ok(request.site === null || request.site === 'same-origin' || request.transport === 'open', told);
    assert.ok(request.origin === null ? request.site === 'same-origin' : isOurs(request), told);
  }
});

byCookie('never write what a form can send: a body that is not JSON', () => {
  for (const request of allowed.filter((one) => !isRead(one)))
    assert.ok(
      isJson(request) || (request.method === 'DELETE' && request.contentType === null),
      JSON.stringify(request),
    );
});

byCookie('in the open, where browsers say nothing of the site, write by the origin alone', () => {
  const open = all.filter((one) => one.transport === 'open' && one.method === 'POST' && isJson(one));
  for (const request of open) assert.is(whyNotByCookie(request) === null, isOurs(request), JSON.stringify(request));
});

byCookie('read what no other site asks for, whatever else they say', () => {
  for (const request of all.filter(isRead))
    assert.is(
      whyNotByCookie(request) === null,
      request.site !== 'cross-site' && (request.origin === null || isOurs(request)),
      JSON.stringify(request),
    );
});

byCookie('of the dashboard itself pass: its reads, its writes, its streams, in browsers old and new', () => {
  const own = { own: OWN, transport: 'https', origin: OWN[0]!, site: 'same-origin' } as const;
  const json = 'application/json';
  const passing: ByCookie[] = [
    { ...own, method: 'GET', contentType: null, origin: null },
    { ...own, method: 'GET', contentType: null, origin: null, site: 'none' }, // typed into the address bar
    { ...own, method: 'GET', contentType: null, origin: null, site: null },
    { ...own, method: 'POST', contentType: json },
    { ...own, method: 'POST', contentType: json, site: null },
    { ...own, method: 'DELETE', contentType: null },
    { ...own, method: 'POST', contentType: json, transport: 'open', origin: OWN[1]!, site: null },
  ];
  for (const request of passing) assert.is(whyNotByCookie(request), null, JSON.stringify(request));
});

byCookie('are not needed to sign in, which programs may, and pages of others may not', () => {
  for (const request of all)
    assert.is(
      whyNotToSignIn(request) === null,
      (request.origin === null || isOurs(request)) && (request.site === null || request.site === 'same-origin'),
      JSON.stringify(request),
    );
});

byCookie.run();
