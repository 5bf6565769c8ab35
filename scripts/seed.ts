/**
 * Fills a running kt-server with an invented person's history: a desktop, a laptop, a phone and their browsers, with
 * weekdays, lunch, holidays, both at once, nights through, both changes of the clocks, hostnames `unknown` and hostile
 * titles. It is the same every time, and what is true of it can be written beside it, for tests and stills
 * (seed/truth-file.ts).
 */
import { parseArgs } from 'node:util';
import { makeRemoteServer } from '../client/remote/remote-server.ts';
import { formatDay, parseDay } from '../domain/day.ts';
import { setSettings, type Ask } from './seed/account-settings.ts';
import { fill } from './seed/fill.ts';
import { writeTruth } from './seed/truth-file.ts';
import { DEFAULTS, type YearOptions } from './seed/year.ts';

const USAGE = `npm run seed -- --year [${DEFAULTS.year}] [options]
  --year [YEAR]         a whole year; ${DEFAULTS.year} unless said otherwise
  --days N              so many days in its place, from 1 January on
  --until DATE          the year, or the days, up to and with this one (YYYY-MM-DD)
  --zone ${DEFAULTS.zone}   where the person lives, and how the account counts days
  --start-of-day 04:00  when its days begin
  --seed ${DEFAULTS.seed}              another number is another person
  --truth FILE          writes what is true of it as JSON; without a key nothing is sent then
  --url URL             of the server: KT_CLIENT_REMOTE_URL, else http://127.0.0.1:5700
  --api-key KEY         of the account, which should be empty: KT_CLIENT_API_KEY
  --overwrite-settings  sets timeZone, startOfDay and classes also where the account has them
`;

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const refuse = (why: string): never => {
  say(`seed: ${why}\n\n${USAGE}`);
  process.exit(2);
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    year: { type: 'boolean', default: false },
    days: { type: 'string' },
    until: { type: 'string' },
    zone: { type: 'string', default: DEFAULTS.zone },
    'start-of-day': { type: 'string', default: '04:00' },
    seed: { type: 'string', default: String(DEFAULTS.seed) },
    truth: { type: 'string' },
    url: { type: 'string', default: process.env['KT_CLIENT_REMOTE_URL'] || 'http://127.0.0.1:5700' },
    'api-key': { type: 'string', default: process.env['KT_CLIENT_API_KEY'] ?? '' },
    'overwrite-settings': { type: 'boolean', default: false },
  },
});

const wholeOf = (name: string, text: string, least: number, most: number): number => {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : refuse(`${name} takes a number from ${least} to ${most}`);
};
const dayOf = (text: string): number => parseDay(text) ?? refuse(`${text} is no date: write it as 2025-12-31`);

const rangeOf = (): Pick<YearOptions, 'first' | 'days'> => {
  const [named, ...more] = positionals;
  if (more.length > 0 || (named !== undefined && !values.year)) refuse(`${positionals.join(' ')}: what is that?`);
  const year = named === undefined ? DEFAULTS.year : wholeOf('--year', named, 1971, 2200);
  const [first, next] = [dayOf(`${year}-01-01`), dayOf(`${year + 1}-01-01`)];
  const count = values.days === undefined ? null : wholeOf('--days', values.days, 1, 3_700);
  if (values.until === undefined) return { first, days: count ?? next - first };
  return { first: dayOf(values.until) - (count ?? 365) + 1, days: count ?? 365 };
};

const minutesOf = (text: string): number => {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):(00|15|30|45)$/.exec(text) ?? [];
  if (hours === undefined) refuse('--start-of-day is a time at a quarter of an hour, like 04:00');
  return Number(hours) * 60 + Number(minutes);
};

const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== null;
  } catch {
    return false;
  }
};

const ask: Ask = async (query, variables = {}) => {
  const response = await fetch(`${values.url.replace(/\/+$/, '')}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${values['api-key']}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Record<string, unknown>; errors?: { message: string }[] };
  if (errors?.[0]) throw new Error(errors[0].message);
  return data;
};

const seed = async (): Promise<void> => {
  if (!values.year && values.days === undefined) refuse('say --year, or how many --days');
  if (!isZone(values.zone)) refuse(`${values.zone} is no time zone: give a name like ${DEFAULTS.zone}`);
  const life = { ...rangeOf(), zone: values.zone, seed: wholeOf('--seed', values.seed, 0, 2 ** 31 - 1) };
  const startOfDay = minutesOf(values['start-of-day']);
  if (values.truth === undefined && values['api-key'] === '') refuse('whose account? Give its --api-key');
  if (values['api-key'] !== '') await send(life, startOfDay);
  if (values.truth === undefined) return;
  writeTruth(values.truth, life, { zone: values.zone, startOfDay, audible: false });
  say(`What is true of it is in ${values.truth}.`);
};

const send = async (life: YearOptions, startOfDay: number): Promise<void> => {
  const began = Date.now();
  const left = await setSettings(ask, { zone: values.zone, startOfDay }, values['overwrite-settings']);
  if (left.length > 0)
    say(
      `The account has its own ${left.join(', ')}: what is true is counted otherwise. --overwrite-settings sets them.`,
    );
  const remote = makeRemoteServer({ url: values.url, apiKey: values['api-key'] });
  const filled = await fill(remote, life, (day) => {
    if (formatDay(day + 1).endsWith('-01')) say(`${formatDay(day).slice(0, 7)} is sent`);
  });
  const events = [...filled.values()].reduce((sum, count) => sum + count, 0);
  say(`${events} events of ${life.days} days in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
};

if (values.help) process.stdout.write(USAGE);
else
  await seed().catch((error: unknown) => {
    say(`seed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
