/**
 * The dashboard in a real browser: one Chromium, one kt-server on a port, and one generated person, for all files of a
 * run. What is open is closed when no suite has needed it for a while.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { formatDay, parseDay } from '../../domain/day.ts';
import { setSettings } from '../../scripts/seed/account-settings.ts';
import { fill } from '../../scripts/seed/fill.ts';
import { truthOf, type Counting, type TrueDay } from '../../scripts/seed/truth.ts';
import { lifeOf, type YearOptions } from '../../scripts/seed/year.ts';
import { until } from '../support/until.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../support/test-server.ts';

/** Debian's, or what KT_TEST_CHROMIUM names. */
const CHROMIUM = process.env['KT_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

/** Five weeks, with the night in which the clocks go forward, and hostile titles. */
const LIFE: YearOptions = { first: parseDay('2025-02-26')!, days: 35, zone: 'Europe/Berlin', seed: 1 };
export const COUNTING: Counting = { zone: 'Europe/Berlin', startOfDay: 240, audible: false };
/** When it is, to the server and to the pages: Tuesday, at noon in Berlin. */
const NOW = new Date('2025-04-01T10:00:00Z');

export type Stage = {
  readonly url: string;
  readonly server: TestServer;
  readonly browser: Browser;
  /** The generated person's account, and what is true of it. */
  readonly person: TestUser;
  readonly truth: readonly TrueDay[];
};

type Open = { readonly stage: Stage; readonly close: () => Promise<void> };
let open: Promise<Open> | undefined;
let users = 0;
/** How long after the last suite it is closed, in ms: the next file's suite comes at once. */
const LINGER = 500;

/** For a suite's `before`; each calls `leaveStage` in its `after`. */
export const enterStage = async (): Promise<Stage> => {
  users++;
  return (await (open ??= build())).stage;
};

export const leaveStage = (): void => {
  users--;
  setTimeout(() => {
    if (users > 0 || !open) return;
    const closing = open;
    open = undefined;
    void closing.then(({ close }) => close());
  }, LINGER);
};

const build = async (): Promise<Open> => {
  const { prepareDashboard } = (await import(new URL('../../scripts/launch.js', import.meta.url).href)) as {
    prepareDashboard(): void;
  };
  prepareDashboard();
  const server = await openTestServer(() => NOW);
  const listening = createServer((request, response) => void server.app(request, response));
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  const { person, truth } = await newPerson(server, LIFE, COUNTING);
  await counted(person);
  const { port } = listening.address() as AddressInfo;
  return {
    stage: { url: `http://127.0.0.1:${port}`, server, browser, person, truth },
    close: async () => {
      await browser.close();
      await closed(listening);
    },
  };
};

/**
 * Has all days counted, which the server does when they are first asked for. On a machine with ten times the work that
 * it can do that took a page of the first suite 25 s, of the 30 that it is waited for.
 */
const counted = async ({ graphql }: TestUser): Promise<void> => {
  const range = { first: formatDay(LIFE.first), last: formatDay(LIFE.first + LIFE.days - 1) };
  const query = 'query ($range: RangeInput!) { activity(range: $range, grain: DAY, by: [APP]) { complete } }';
  await until('all days are counted', async () => {
    const { activity } = await graphql<{ activity: { complete: boolean } }>(query, { range });
    return activity.complete;
  });
};

/** An account with the generated life of a person, whose days are counted so, and what is true of it. */
export const newPerson = async (server: TestServer, life: YearOptions, counting: Counting) => {
  const person = await server.newUser();
  const { zone, startOfDay } = counting;
  assert.equal(await setSettings(person.graphql, { zone, startOfDay }, false), []);
  const fetch = (request: Request) => Promise.resolve(server.app.fetch(request));
  await fill(makeRemoteServer({ url: APP_URL, apiKey: person.key, fetch }), life);
  return { person, truth: [...truthOf(lifeOf(life), counting)] };
};

const closed = (listening: Server): Promise<void> =>
  new Promise((resolve) => {
    listening.closeAllConnections();
    listening.close(() => resolve());
  });

/** A person's browser: its pages, and what went wrong in them. */
type Visit = {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors of the console, requests to elsewhere, and exceptions: there must be none. */
  readonly faults: string[];
  /** The addresses that it asked for. */
  readonly asked: string[];
  readonly end: () => Promise<void>;
};

/** Opens a page as somebody, or as nobody. Its clock says `NOW`. */
export const visit = async (
  { browser, url }: Stage,
  user: TestUser | null,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Visit> => {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'America/New_York', ...options });
  if (user) await signIn(context, url, user);
  const page = await context.newPage();
  await page.clock.setSystemTime(NOW);
  const faults: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => {
    // The browser tells of each 401 by itself: nobody is signed in yet.
    if (message.type() === 'error' && !message.text().includes('401')) faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    asked.push(request.url());
    if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) faults.push(`asks ${request.url()}`);
  });
  await page.goto(url + path);
  return { context, page, faults, asked, end: () => context.close() };
};

const signIn = async (context: BrowserContext, url: string, { key }: TestUser): Promise<void> => {
  const response = await context.request.post(`${url}/auth/session`, { data: { key } });
  assert.is(response.status(), 200, await response.text());
};
