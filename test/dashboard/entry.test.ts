/** Who gets in by a link, and what a page of another origin can do with a browser that is in: in a real browser. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { driverOf } from '../../server/storage/database.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

type Stranger = { readonly port: number; readonly close: () => Promise<void> };

/** A page of nobody's, at an origin of its own. */
const openStranger = async (): Promise<Stranger> => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>theirs</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

const entry = suite<{ stage: Stage; stranger: Stranger }>('getting in');
entry.before(async (scene) => {
  scene.stage = await enterStage();
  scene.stranger = await openStranger();
});
entry.after(async ({ stranger }) => {
  await stranger.close();
  leaveStage();
});

const linkOf = async ({ server }: Stage, email: string): Promise<string> =>
  `/welcome#${(await server.resolvers.loginLinks.loginLink({ email })).claim}`;

entry('a link signs a browser in once, and its claim leaves the address and the history', async ({ stage }) => {
  const user = await stage.server.newUser();
  const link = await linkOf(stage, user.email);
  const { context, page, asked, faults, end } = await visit(stage, null, link);
  await page.waitForSelector('nav');
  await page.waitForSelector('text=Connect your first device');
  const claim = link.split('#')[1]!;
  assert.equal(await page.evaluate(() => [location.pathname, location.hash]), ['/welcome', '']);
  const browser = await context.newCDPSession(page);
  const { entries } = (await browser.send('Page.getNavigationHistory')) as { entries: { url: string }[] };
  assert.ok(entries.length > 0);
  for (const { url } of entries) assert.not.match(url, claim);
  // The first address is what this test typed: the browser asks for it without its fragment.
  assert.equal(
    asked.slice(1).filter((address) => address.includes(claim)),
    [],
  );
  await page.reload();
  await page.waitForSelector('nav');
  assert.equal(faults, []);
  await end();

  const again = await visit(stage, null, link);
  await again.page.waitForSelector('[role=alert]:has-text("The link did not work")');
  assert.match((await again.page.textContent('[role=alert]'))!, 'works once');
  await again.page.waitForSelector('#key');
  assert.is(new URL(again.page.url()).hash, '');
  assert.equal(again.faults, []);
  await again.end();
});

entry('a link that has expired, or never was, says so, and asks for a key', async ({ stage }) => {
  const user = await stage.server.newUser();
  const late = await linkOf(stage, user.email);
  await driverOf(stage.server.database).script(
    `update claims set expires_at = expires_at - interval '2 hours' where account = ${user.account}`,
  );
  for (const [link, why] of [
    [late, /expired|hour/],
    [`/welcome#kt_claim_${'x'.repeat(43)}`, /link/],
    ['/welcome#%00<script>', /link/],
  ] as const) {
    const { page, faults, end } = await visit(stage, null, link);
    await page.waitForSelector('[role=alert]:has-text("The link did not work")');
    assert.match((await page.textContent('[role=alert]'))!.replace('The link did not work', ''), why);
    await page.waitForSelector('#key');
    assert.is(new URL(page.url()).hash, '');
    assert.equal(faults, []);
    await end();
  }
});

const MUTATION = 'mutation { setSetting(input: { key: "theirs", value: 1 }) { setting { key } } }';
const BUCKET = JSON.stringify({ type: 't', client: 'c', hostname: 'h' });

/** A form that such a page sends by itself, and the status of what answered it. */
type Form = { action: string; method: string; enctype: string; fields: [string, string][] };
const submit = async (page: Page, form: Form): Promise<number> => {
  const answered = page.waitForResponse((one) => one.request().isNavigationRequest(), { timeout: 20_000 });
  const arrived = page.waitForEvent('framenavigated', { timeout: 20_000 });
  await page.evaluate(({ action, method, enctype, fields }) => {
    const made = Object.assign(document.createElement('form'), { action, method, enctype });
    for (const [name, value] of fields) made.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(made);
    // After this function has returned, or its own page would be gone while it is waited for.
    setTimeout(() => made.submit());
  }, form);
  const [response] = await Promise.all([answered, arrived]);
  return response.status();
};

entry('a page of another origin writes nothing by the cookie, by a form or by fetch', async ({ stage, stranger }) => {
  const user = await stage.server.newUser();
  const { page: own, context, end } = await visit(stage, user, '/account');
  await own.waitForSelector('nav');
  const { url } = stage;
  const written = () =>
    user.graphql<{ settings: { key: string }[]; buckets: unknown[]; viewer: { sessions: unknown[] } }>(
      '{ settings { key } buckets { id } viewer { sessions { id } } }',
    );
  const before = await written();

  // Another port is another origin of the same site, whose requests have the cookie; another host is another site.
  let withCookie = 0;
  for (const host of ['127.0.0.1', 'localhost']) {
    const page = await context.newPage();
    const theirs = `http://${host}:${stranger.port}/`;
    const json = `{"query":${JSON.stringify(MUTATION)},"x":"`;
    const forms: Form[] = [
      { action: '/graphql', method: 'post', enctype: 'text/plain', fields: [[json, '"}']] },
      {
        action: '/graphql',
        method: 'post',
        enctype: 'application/x-www-form-urlencoded',
        fields: [['query', MUTATION]],
      },
      { action: '/graphql', method: 'post', enctype: 'multipart/form-data', fields: [['query', MUTATION]] },
      { action: '/graphql', method: 'get', enctype: '', fields: [['query', MUTATION]] },
      { action: '/api/0/buckets/theirs', method: 'post', enctype: 'text/plain', fields: [['{"type":"t","x":"', '"}']] },
      { action: '/api/0/settings/theirs', method: 'post', enctype: 'text/plain', fields: [['1', '']] },
      { action: '/auth/session', method: 'post', enctype: 'text/plain', fields: [['{"key":"', '"}']] },
    ];
    for (const form of forms) {
      await page.goto(theirs);
      const status = await submit(page, { ...form, action: url + form.action });
      assert.ok(status >= 400, `${host} ${form.method} ${form.action} ${form.enctype}: ${status}`);
    }
    await page.goto(theirs);
    const network = await context.newCDPSession(page);
    await network.send('Network.enable');
    network.on('Network.requestWillBeSentExtraInfo', ({ headers }) => {
      if (Object.keys(headers).some((name) => name.toLowerCase() === 'cookie')) withCookie++;
    });
    const answers = await page.evaluate(
      async ({ to, mutation, bucket }) => {
        const body = JSON.stringify({ query: mutation });
        const headers = { 'content-type': 'application/json' };
        const asked: [string, RequestInit][] = [
          ['/graphql', { method: 'POST', headers, body }],
          ['/graphql', { method: 'POST', mode: 'no-cors', body }],
          ['/api/0/buckets/theirs', { method: 'POST', headers, body: bucket }],
          ['/api/0/buckets/theirs', { method: 'POST', mode: 'no-cors', body: bucket }],
          ['/api/0/settings/theirs', { method: 'POST', mode: 'no-cors', body: '1' }],
          ['/auth/session', { method: 'DELETE' }],
          ['/auth/session', {}],
          ['/api/0/export', {}],
          ['/api/0/export', { mode: 'no-cors' }],
        ];
        return Promise.all(
          asked.map(([path, more]) =>
            fetch(to + path, { credentials: 'include', ...more }).then(
              async (response) => `${response.type} ${response.status} ${(await response.text()).length}`,
              () => 'refused',
            ),
          ),
        );
      },
      { to: url, mutation: MUTATION, bucket: BUCKET },
    );
    // Nothing of an answer is told to such a page.
    for (const answer of answers) assert.ok(['refused', 'opaque 0 0'].includes(answer), `${host}: ${answers}`);
    await page.close();
  }
  assert.ok(withCookie > 0, 'the cookie went with some of them');
  assert.equal(await written(), before);

  // The same is taken from the server’s own page, with the cookie that it still has.
  const taken = await own.evaluate(
    async ({ mutation, bucket }) => {
      const asked = [
        ['/graphql', JSON.stringify({ query: mutation })],
        ['/api/0/buckets/theirs', bucket],
      ] as const;
      const headers = { 'content-type': 'application/json' };
      const answers = await Promise.all(asked.map(([path, body]) => fetch(path, { method: 'POST', headers, body })));
      return answers.map(({ status }) => status);
    },
    { mutation: MUTATION, bucket: BUCKET },
  );
  assert.equal(taken, [200, 200]);
  assert.equal(
    (await written()).settings.map(({ key }) => key),
    [...before.settings.map(({ key }) => key), 'theirs'],
  );
  await end();
});

entry('a page of another origin can’t show the dashboard in a frame', async ({ stage, stranger }) => {
  const user = await stage.server.newUser();
  const { context, end } = await visit(stage, user, '/account');
  for (const path of ['/account', '/graphql', '/api/0/info']) {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${stranger.port}/`);
    const answered = page.waitForResponse(stage.url + path);
    await page.evaluate((src) => {
      document.body.append(Object.assign(document.createElement('iframe'), { src }));
    }, stage.url + path);
    await answered;
    await page.waitForFunction(() => document.querySelector('iframe')?.contentDocument === null);
    const [, frame] = page.frames();
    await frame!.waitForURL(/^chrome-error:/);
    await page.close();
  }
  await end();
});

entry.run();
