import { readFileSync, statSync, existsSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError } from '../../domain/errors.ts';
import type { KtContext } from '../context.ts';
import { makeDeviceLogin } from '../remote/device-login.ts';
import { openerOf } from '../setup/open-browser.ts';
import { openCliTrial, type CliTrial } from '../testing/cli-context.ts';
import { clock, makeLaptop, type Laptop } from '../testing/laptop.ts';
import { makeMemoryRemote } from '../testing/memory-remote.ts';

type Trial = { cli: CliTrial; laptop: Laptop };
const login = suite<Trial>('kt-client login');
login.before.each((trial) => {
  const remote = makeMemoryRemote(clock);
  trial.laptop = makeLaptop(remote, 'rust', 'anna');
  trial.cli = openCliTrial({ makeLocal: () => trial.laptop.local, makeRemote: () => remote });
});
login.after.each(({ cli }) => cli.close());

const CODES = {
  device_code: 'the-secret',
  user_code: 'WDJB-MJHT',
  verification_uri: 'http://kt.example/device',
  verification_uri_complete: 'http://kt.example/device?code=WDJB-MJHT',
  expires_in: 600,
  interval: 5,
};
type Answer = readonly [status: number, body: object] | Error;

/** A server that gives these answers, one after the other, and what it was asked and how long was waited. */
const answering = (...answers: Answer[]) => {
  const asked: { path: string; form: Record<string, string> }[] = [];
  const waits: number[] = [];
  const opened: string[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const form = Object.fromEntries(new URLSearchParams(await request.text()));
    asked.push({ path: new URL(request.url).pathname, form });
    const answer = answers.shift();
    if (answer === undefined) throw new Error('asked too often');
    if (answer instanceof Error) throw answer;
    return new Response(JSON.stringify(answer[1]), {
      status: answer[0],
      headers: { 'content-type': 'application/json' },
    });
  };
  const context: Partial<KtContext> = {
    makeDeviceLogin: (url) => makeDeviceLogin(url, fetch),
    wait: async (ms) => void waits.push(ms),
    openBrowser: async (page) => opened.push(page) > 0,
    stopSignal: () => new AbortController().signal,
  };
  return { context, asked, waits, opened };
};
const pending: Answer = [400, { error: 'authorization_pending' }];
const granted: Answer = [200, { access_token: 'kt_mine', token_type: 'Bearer', scope: 'push' }];

login('prints address and code, waits as it is told, and writes the key for its owner alone', async ({ cli }) => {
  const gone = new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
  const { context, asked, waits, opened } = answering(
    [200, CODES],
    pending,
    gone,
    [400, { error: 'slow_down', interval: 15 }],
    pending,
    granted,
  );
  const { code, out, err } = await cli.run('login https://kt.example/', context);
  assert.equal([code, err], [0, '']);
  assert.match(out, /Open https:\/\/kt\.example\/device\nand type the code WDJB-MJHT\n/);
  assert.equal(opened, ['https://kt.example/device?code=WDJB-MJHT'], 'by the scheme that this client reached it by');
  assert.equal(waits, [5000, 5000, 10_000, 15_000, 15_000]);
  assert.equal(asked[0], {
    path: '/auth/device',
    form: { client_id: 'kt-client', scope: 'push', hostname: 'anna' },
  });
  assert.equal(asked[1]!.form['device_code'], 'the-secret');
  assert.match(readFileSync(cli.configPath, 'utf8'), /url = "https:\/\/kt\.example\/"\napi_key = "kt_mine"/);
  assert.is(statSync(cli.configPath).mode & 0o777, 0o600);
  assert.match(out, /Next: `kt-client sync`/);
  assert.not.match(out, /kt_mine|the-secret/);
  assert.is((await cli.run('sync')).code, 0);
});

login('signs the device in again that its state names, unless it is to be another', async ({ cli, laptop }) => {
  await cli.run('login https://kt.example', answering([200, CODES], granted).context);
  await laptop.bucket('window');
  await cli.run('sync');
  const again = answering([200, CODES], granted);
  assert.is((await cli.run('login', again.context)).code, 0);
  const { device_id: id } = again.asked[0]!.form;
  assert.match(id!, /^[\da-f-]{36}$/);
  const other = answering([200, CODES], granted);
  assert.is((await cli.run('login --new-device --no-browser', other.context)).code, 0);
  assert.equal([other.asked[0]!.form['device_id'], other.opened], [undefined, []]);
  const later = answering([200, CODES], granted);
  await cli.run('login', later.context);
  assert.is.not(later.asked[0]!.form['device_id'], id);
});

const REFUSALS: readonly [what: string, answers: readonly Answer[], said: RegExp][] = [
  [
    'denied it',
    [
      [200, CODES],
      [400, { error: 'access_denied' }],
    ],
    /was denied/,
  ],
  [
    'let it expire',
    [
      [200, CODES],
      [400, { error: 'expired_token' }],
    ],
    /has expired: run `kt-client login`/,
  ],
  ['is too old', [[404, { message: 'nothing is here' }]], /bring it up to date/],
  ['has had enough', [[429, { message: 'too many: wait 3 s' }]], /too many: wait 3 s/],
  ['is none', [[200, { hello: 'world' }]], /not kt-server/],
  [
    'names a page that is none',
    [[200, { ...CODES, verification_uri: 'javascript:alert(1)', verification_uri_complete: 'file:///etc/passwd' }]],
    /not kt-server/,
  ],
  ['never decides', [[200, { ...CODES, expires_in: 15 }], pending, pending, pending], /has expired/],
];
for (const [what, answers, said] of REFUSALS)
  login(`writes nothing where the server ${what}`, async ({ cli }) => {
    const { context } = answering(...answers);
    const { code, err } = await cli.run('login https://kt.example', context);
    assert.is(code, 1);
    assert.match(err, said);
    assert.not.ok(existsSync(cli.configPath));
  });

login('ends when it is told to, and changes nothing', async ({ cli }) => {
  const { context } = answering([200, CODES]);
  const { code, out } = await cli.run('login https://kt.example', {
    ...context,
    stopSignal: () => AbortSignal.abort(),
  });
  assert.is(code, 1);
  assert.match(out, /Nothing was changed/);
  assert.not.ok(existsSync(cli.configPath));
});

login('asks nobody for anything where no aw-server answers, or no address is known', async ({ cli }) => {
  const { context, asked } = answering();
  const makeLocal = () => ({ info: () => Promise.reject(new KtError('unavailable', 'no aw-server')) }) as never;
  assert.is((await cli.run('login https://kt.example', { ...context, makeLocal })).code, 1);
  const unnamed = await cli.run('login', context);
  assert.is(unnamed.code, 2);
  assert.match(unnamed.err, /login URL/);
  assert.equal(asked, []);
});

login('opens a browser only where one can be seen', () => {
  assert.equal(openerOf('linux', {}), null);
  assert.equal(openerOf('linux', { WAYLAND_DISPLAY: 'wayland-0' }), ['xdg-open']);
  assert.equal(openerOf('darwin', {}), ['open']);
  assert.equal(openerOf('darwin', { SSH_CONNECTION: '::1' }), null);
  assert.is(openerOf('win32', {})?.[0], 'rundll32');
});

login.run();
