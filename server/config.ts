import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import convict from 'convict';
import envPaths from 'env-paths';
import { parse as parseToml } from 'smol-toml';
import { EVENT_BYTES } from '../domain/data.ts';
import { KtError } from '../domain/errors.ts';
import { checkKeyless } from '../domain/keyless.ts';
import { originSource } from '../domain/origins.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * In a clone the data lies in it; installed as a package (which npm packs without the lock file), where
 * the OS keeps such things.
 */
export const defaultDataDir = (): string =>
  existsSync(join(ROOT, 'package-lock.json')) ? join(ROOT, 'data') : envPaths('kt-server', { suffix: '' }).data;

const wholeNumber = (value: unknown): void => {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw new Error('must be a whole number, at least 1');
};

/** Pages hold a few MB and an event more (storage/events.ts), so an event can't be larger without end. */
const eventSize = (value: unknown): void => {
  if (!Number.isSafeInteger(value) || (value as number) < 1_000 || (value as number) > 16_000_000)
    throw new Error('must be 1000 to 16000000');
};

const yesNo = (value: unknown): void => {
  if (typeof value !== 'boolean') throw new Error('must be yes or no');
};
/**
 * yes, true, on and 1, and their opposites; anything else is a fault. convict itself takes whatever
 * is not `false` for true.
 */
const toBoolean = (value: unknown): boolean | null =>
  /^(yes|true|on|1)$/i.test(String(value)) ? true : /^(no|false|off|0)$/i.test(String(value)) ? false : null;
/** An address without a path: the web UI works at an origin's root alone. */
const origin = (value: unknown): void => {
  if (value === '') return;
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  )
    throw new Error('must be an origin');
};
/** PostgreSQL's alone: the embedded database lies in the data folder, whose lock is for what lies there. */
const postgresUrl = (value: unknown): void => {
  if (value !== '' && !/^postgres(ql)?:\/\//.test(String(value))) throw new Error('must be postgres://');
};
const origins = (value: unknown): void => {
  if (listOf(value).some((entry) => originSource(entry) === null)) throw new Error('must be origins');
};
const WANTED = new Map<unknown, string>([
  [origins, 'origins like https://app.example.org, apart by commas, or *, or null'],
  ['port', 'a port, 0 to 65535'],
  [wholeNumber, 'a whole number, at least 1'],
  [eventSize, 'a whole number, 1000 to 16000000'],
  [yesNo, 'yes or no'],
  [
    origin,
    'http:// or https:// and a host, without a path (a name or port of its own at the proxy, not a folder of a site)',
  ],
  [postgresUrl, 'a URL that begins with postgres://'],
]);

/** Names apart by commas or blanks, as a list in the file is brought in too. */
const listOf = (value: unknown): string[] =>
  String(value)
    .split(/[\s,]+/)
    .filter(Boolean);

/** Every setting: what it is for, its default, its variable. Nothing else in server/ reads the environment. */
const schema = () => ({
  host: { doc: 'Address to listen on.', format: String, default: '127.0.0.1', env: 'KT_SERVER_HOST' },
  port: { doc: 'Port to listen on; 0 takes a free one.', format: 'port', default: 5700, env: 'KT_SERVER_PORT' },
  dataDir: {
    doc: 'Folder of the embedded database and of kt-server.toml.',
    format: String,
    default: '',
    env: 'KT_SERVER_DATA_DIR',
  },
  diskReserveMegabytes: {
    doc: "Megabytes that stay free on the embedded database's disk: below, writes are refused (503) and reads go on.",
    format: wholeNumber,
    default: 128,
    env: 'KT_SERVER_DISK_RESERVE_MEGABYTES',
  },
  databaseUrl: {
    doc: 'postgres://… takes the place of the embedded database.',
    format: postgresUrl,
    default: '',
    env: 'DATABASE_URL',
    sensitive: true,
  },
  databaseDirectUrl: {
    doc: "postgres://… of PostgreSQL itself, where the database URL is a pooler's: for migrations and LISTEN.",
    format: postgresUrl,
    default: '',
    env: 'KT_DATABASE_DIRECT_URL',
    sensitive: true,
  },
  auth: {
    doc:
      'key: every request shows an API key. none: nobody does, everybody is the first user; ' +
      'on a loopback address only, and behind no proxy.',
    format: ['key', 'none'],
    default: 'key',
    env: 'KT_SERVER_AUTH',
  },
  logLevel: {
    doc: 'How much goes to the log.',
    format: ['silent', 'error', 'warn', 'info', 'debug'],
    default: 'warn',
    env: 'KT_SERVER_LOG_LEVEL',
  },
  publicUrl: {
    doc: 'Where browsers and clients find the server, if that is not where it listens: https://kt.example.org, say.',
    format: origin,
    default: '',
    env: 'KT_SERVER_PUBLIC_URL',
  },
  allowedHosts: {
    doc: 'More names the server answers to, apart by commas; * in them stands for anything, and alone for any.',
    format: String,
    default: '',
    env: 'KT_SERVER_ALLOWED_HOSTS',
  },
  corsOrigins: {
    doc:
      'Origins of other pages and extensions that may ask, apart by commas; * in them stands for anything, ' +
      'and alone for every http and https page; null for pages without an origin.',
    format: origins,
    default: '',
    env: 'KT_SERVER_CORS_ORIGINS',
  },
  trustProxy: {
    doc: 'Believe X-Forwarded-Host and X-Forwarded-Proto. Only behind a proxy that writes both itself.',
    format: yesNo,
    default: false,
    env: 'KT_SERVER_TRUST_PROXY',
  },
  basicPrompt: {
    doc: 'Let browsers ask for the key themselves, by HTTP Basic: 401 says that they may.',
    format: yesNo,
    default: false,
    env: 'KT_SERVER_BASIC_PROMPT',
  },
  webui: { doc: 'Folder of a built aw-webui, to be served at /.', format: String, default: '', env: 'KT_SERVER_WEBUI' },
  connections: { doc: 'Connections at once.', format: wholeNumber, default: 2_000, env: 'KT_SERVER_CONNECTIONS' },
  connectionsPerAddress: {
    doc:
      'Connections at once from one address (IPv6: one /64); not from this machine, ' +
      'nor with KT_SERVER_TRUST_PROXY=yes.',
    format: wholeNumber,
    default: 250,
    env: 'KT_SERVER_CONNECTIONS_PER_ADDRESS',
  },
  uploadRate: {
    doc: 'Bytes a second that a request body brings at least, over 30 seconds.',
    format: wholeNumber,
    default: 1_000,
    env: 'KT_SERVER_UPLOAD_RATE',
  },
  stallSeconds: {
    doc: 'Seconds after which a reader who takes nothing of an answer is cut off.',
    format: wholeNumber,
    default: 300,
    env: 'KT_SERVER_STALL_SECONDS',
  },
  testing: {
    doc: "aw-server's testing mode: info says so, and every Chrome extension may ask.",
    format: yesNo,
    default: false,
    env: 'KT_SERVER_TESTING',
  },
  eventBytes: {
    doc:
      'What the data of one event may take, in bytes as they are stored. ' +
      'Everybody who reads it takes as much memory.',
    format: eventSize,
    default: EVENT_BYTES,
    env: 'KT_SERVER_EVENT_BYTES',
  },
  graphqlCost: {
    doc: 'Values that the answer to one GraphQL request may hold, as its lists are long; 5,000 events are 35,000.',
    format: wholeNumber,
    default: 100_000,
    env: 'KT_SERVER_GRAPHQL_COST',
  },
  queryThreads: {
    doc: 'Queries that run at once, each in a thread of its own; others wait.',
    format: wholeNumber,
    default: 3,
    env: 'KT_SERVER_QUERY_THREADS',
  },
  querySpareThreads: {
    doc: 'More threads, each for an account that runs no query: so that it need not wait for others’ long ones.',
    format: wholeNumber,
    default: 2,
    env: 'KT_SERVER_QUERY_SPARE_THREADS',
  },
  queriesPerAccount: {
    doc: 'Queries of one account that run at once; fewer than the threads, so that nobody keeps the others waiting.',
    format: wholeNumber,
    default: 2,
    env: 'KT_SERVER_QUERIES_PER_ACCOUNT',
  },
  querySeconds: {
    doc: 'Seconds a query may take. aw-webui itself gives up after 30.',
    format: wholeNumber,
    default: 30,
    env: 'KT_SERVER_QUERY_SECONDS',
  },
  queryMegabytes: {
    doc: 'Memory a query may take, in MB.',
    format: wholeNumber,
    default: 1024,
    env: 'KT_SERVER_QUERY_MEGABYTES',
  },
  queryAnswerMegabytes: {
    doc: 'Size of one answer of a query, in MB.',
    format: wholeNumber,
    default: 100,
    env: 'KT_SERVER_QUERY_ANSWER_MEGABYTES',
  },
  queryPeriods: {
    doc: 'Time periods in one query request.',
    format: wholeNumber,
    default: 1_000,
    env: 'KT_SERVER_QUERY_PERIODS',
  },
  queryStatements: {
    doc: 'Statements in a query.',
    format: wholeNumber,
    default: 10_000,
    env: 'KT_SERVER_QUERY_STATEMENTS',
  },
  queryDepth: {
    doc: 'How deep brackets, calls, blocks and values in a query may be nested.',
    format: wholeNumber,
    default: 100,
    env: 'KT_SERVER_QUERY_DEPTH',
  },
  queryEvents: {
    doc: 'Events a query may read, over all its periods. A year of a busy device is about 550,000.',
    format: wholeNumber,
    default: 2_000_000,
    env: 'KT_SERVER_QUERY_EVENTS',
  },
});

export type Config = {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** For openDatabase: the URL that was set, or the embedded database in the data folder. */
  readonly databaseUrl: string;
  readonly diskReserveMegabytes: number;
  /** Where PostgreSQL itself is, past a pooler; empty when that is the database URL. */
  readonly databaseDirectUrl: string;
  readonly auth: 'key' | 'none';
  readonly logLevel: string;
  /** An origin; empty when it is where the server listens. */
  readonly publicUrl: string;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly trustProxy: boolean;
  readonly basicPrompt: boolean;
  /** Empty when there is none. */
  readonly webui: string;
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly uploadRate: number;
  readonly stallSeconds: number;
  readonly testing: boolean;
  readonly eventBytes: number;
  /** See graphql/cost.ts. */
  readonly graphqlCost: number;
  readonly queryThreads: number;
  readonly querySpareThreads: number;
  readonly queriesPerAccount: number;
  readonly querySeconds: number;
  readonly queryMegabytes: number;
  readonly queryAnswerMegabytes: number;
  readonly queryPeriods: number;
  readonly queryStatements: number;
  readonly queryDepth: number;
  readonly queryEvents: number;
};

/** Flags as they came from the command line; undefined where one was not given. */
export type Flags = { readonly config?: string | undefined } & { readonly [Key in keyof Config]?: string | undefined };

type Key = keyof ReturnType<typeof schema>;
const KEYS = Object.keys(schema()) as Key[];
const inFile = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * Settings as they are in force: flags, then environment, then kt-server.toml, then defaults. Fails with `invalid`, and
 * says where the fault lies.
 */
export const readConfig = (flags: Flags, env: NodeJS.ProcessEnv): Config => readSettings(flags, env).config;

/** The same, with each setting's name in the file and, for those that hold secrets, no value: what may be shown. */
export const printableConfig = (flags: Flags, env: NodeJS.ProcessEnv): Record<string, unknown> => {
  const { config, secrets } = readSettings(flags, env);
  return Object.fromEntries(KEYS.map((key) => [inFile(key), secrets.has(key) ? '[Sensitive]' : config[key]]));
};

const readSettings = (flags: Flags, env: NodeJS.ProcessEnv): { config: Config; secrets: Set<Key> } => {
  // An empty variable is one that was not set, and not an empty value.
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const settings = convict(schema() as convict.Schema<Record<Key, string | number | boolean>>, { args: [], env: set });
  // The data folder is settled first: the file may lie in it, and can't move it.
  const dataDir = resolve(flags.dataDir ?? set['KT_SERVER_DATA_DIR'] ?? defaultDataDir());
  const file = flags.config === undefined ? join(dataDir, 'kt-server.toml') : resolve(flags.config);
  if (flags.config !== undefined || existsSync(file)) settings.load(readFile(file));
  const fromEnv = convict(schema() as convict.Schema<Record<Key, string | number | boolean>>, { args: [], env: set });
  for (const key of KEYS) {
    const variable = schema()[key].env;
    const value = flags[key] ?? (set[variable] === undefined ? undefined : String(fromEnv.get(key)));
    const kind = typeof schema()[key].default;
    const yes = kind === 'boolean' ? toBoolean(flags[key] ?? set[variable] ?? settings.get(key)) : null;
    if (kind === 'boolean' && yes === null) throw new KtError('invalid', inOurWords(new Error(key), flags, set, file));
    if (value !== undefined) settings.set(key, kind === 'number' ? Number(value) : (yes ?? value));
  }
  settings.set('dataDir', dataDir);
  try {
    settings.validate({ allowed: 'strict' });
  } catch (error) {
    throw new KtError('invalid', inOurWords(error as Error, flags, set, file));
  }
  const { host, port, auth, logLevel, databaseUrl, ...others } = settings.getProperties();
  if (auth === 'none') {
    const { publicUrl, trustProxy, allowedHosts, corsOrigins } = others;
    checkKeyless({
      host: String(host),
      publicUrl: String(publicUrl),
      trustProxy: trustProxy === true,
      allowedHosts: listOf(allowedHosts),
      corsOrigins: listOf(corsOrigins),
    });
  }
  return {
    config: {
      host: String(host),
      port: Number(port),
      dataDir,
      databaseUrl: databaseUrl === '' ? `pglite:${join(dataDir, 'database')}` : String(databaseUrl),
      diskReserveMegabytes: Number(others.diskReserveMegabytes),
      databaseDirectUrl: String(others.databaseDirectUrl),
      auth: auth as Config['auth'],
      logLevel: String(logLevel),
      publicUrl: others.publicUrl === '' ? '' : new URL(String(others.publicUrl)).origin,
      allowedHosts: listOf(others.allowedHosts),
      corsOrigins: listOf(others.corsOrigins),
      trustProxy: others.trustProxy === true,
      basicPrompt: others.basicPrompt === true,
      webui: others.webui === '' ? '' : resolve(String(others.webui)),
      connections: Number(others.connections),
      connectionsPerAddress: Number(others.connectionsPerAddress),
      uploadRate: Number(others.uploadRate),
      stallSeconds: Number(others.stallSeconds),
      testing: others.testing === true,
      eventBytes: Number(others.eventBytes),
      graphqlCost: Number(others.graphqlCost),
      queryThreads: Number(others.queryThreads),
      querySpareThreads: Number(others.querySpareThreads),
      queriesPerAccount: Number(others.queriesPerAccount),
      querySeconds: Number(others.querySeconds),
      queryMegabytes: Number(others.queryMegabytes),
      queryAnswerMegabytes: Number(others.queryAnswerMegabytes),
      queryPeriods: Number(others.queryPeriods),
      queryStatements: Number(others.queryStatements),
      queryDepth: Number(others.queryDepth),
      queryEvents: Number(others.queryEvents),
    },
    secrets: new Set<Key>([
      ...(databaseUrl === '' ? [] : ['databaseUrl' as const]),
      ...(others.databaseDirectUrl === '' ? [] : ['databaseDirectUrl' as const]),
    ]),
  };
};

const readFile = (file: string): Record<string, unknown> => {
  let values: Record<string, unknown>;
  try {
    values = parseToml(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new KtError('invalid', `${file} can not be read: ${(error as Error).message.split('\n')[0]}`);
  }
  const unknown = Object.keys(values).find((name) => !KEYS.some((key) => inFile(key) === name) || name === 'data_dir');
  if (unknown !== undefined)
    throw new KtError(
      'invalid',
      `${file}: there is no setting ${unknown} here; "kt-server config print" shows those there are`,
    );
  return Object.fromEntries(
    KEYS.filter((key) => inFile(key) in values).map((key) => [key, fromFile(file, key, values[inFile(key)])]),
  );
};

/** A setting as the file says it: a list as text, and true or false for what is either. */
const fromFile = (file: string, key: Key, value: unknown): unknown => {
  if (Array.isArray(value)) return value.join(',');
  if (typeof schema()[key].default !== 'boolean') return value;
  const yes = toBoolean(value);
  if (yes === null)
    throw new KtError('invalid', `${inFile(key)} in ${file} must be true or false. ${schema()[key].doc}`);
  return yes;
};

/**
 * convict names the key; people know the flag, the variable or the line of the file. Values stay
 * out: one may be a secret.
 */
const inOurWords = (error: Error, flags: Flags, env: Record<string, unknown>, file: string): string => {
  // By the name it begins with: a value may well contain that of another setting.
  const key = KEYS.find((candidate) => error.message === candidate || error.message.startsWith(`${candidate}: `));
  if (!key) return error.message.split('\n')[0]!;
  const { format, doc, env: variable } = schema()[key];
  const where =
    flags[key] !== undefined
      ? `--${inFile(key).replaceAll('_', '-')}`
      : env[variable] !== undefined
        ? variable
        : `${inFile(key)} in ${file}`;
  const wanted = Array.isArray(format) ? `one of ${format.join(', ')}` : (WANTED.get(format) ?? 'text');
  return `${where} must be ${wanted}. ${doc}`;
};
