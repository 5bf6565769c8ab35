import { parsedUrl } from '../domain/parsed-url.ts';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import convict from 'convict';
import envPaths from 'env-paths';
import { checkNames, readSettingsFile } from '../cli/settings-file.ts';
import { secretIn } from '../cli/secret-file.ts';
import { firstFault, layered } from '../cli/settings.ts';
import { EVENT_BYTES } from '../domain/data.ts';
import { KtError } from '../domain/errors.ts';
import { checkKeyless } from '../domain/keyless.ts';
import { originSource } from '../domain/origins.ts';
import { PUBLIC_URL_WORDS, publicUrlOf } from '../domain/public-url.ts';
import { checkSignIn } from '../domain/sign-in-settings.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * In a clone the data lies inside of it; installed as a package (which npm packs without the lock file), in the folder
 * that the OS keeps for application data.
 */
export const defaultDataDir = (): string =>
  existsSync(join(ROOT, 'package-lock.json')) ? join(ROOT, 'data') : envPaths('kt-server', { suffix: '' }).data;

/** yes, true, on and 1, and their opposites; anything else is an error. */
const toBoolean = (value: unknown): boolean | null => {
  // A list of one word reads as that word.
  const text = Array.isArray(value) ? '' : String(value);
  return /^(yes|true|on|1)$/i.test(text) ? true : /^(no|false|off|0)$/i.test(text) ? false : null;
};

const isWhole = (value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

const toNumber = (text: string): unknown => (text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text));

/** Names separated by commas or blanks. A list in the file is turned into such a text first. */
const listOf = (value: unknown): string[] =>
  String(value)
    .split(/[\s,]+/)
    .filter(Boolean);

/** A URL that names a place, and neither a query nor who asks. */
const isPlainUrl = (text: string): boolean => {
  const url = parsedUrl(text);
  return url !== null && `${url.search}${url.hash}${url.username}${url.password}` === '';
};

/** The forms a setting may have besides text: what is expected, in words; which values pass; and how a text is read. */
const FORMS = {
  'kt-server-port': {
    wanted: 'a port, 0 to 65535',
    takes: (value: unknown) => isWhole(value, 0, 65535),
    read: toNumber,
  },
  'kt-server-limit': {
    wanted: 'a whole number, or no or 0 for none',
    takes: (value: unknown) => isWhole(value, 0),
    read: (text: string) => (toBoolean(text) === false ? 0 : toNumber(text)),
  },
  'kt-server-whole': {
    wanted: 'a whole number, at least 1',
    takes: (value: unknown) => isWhole(value, 1),
    read: toNumber,
  },
  // A page holds a few MB and one event more (storage/events.ts), so the size of an event must have a limit.
  'kt-server-event-size': {
    wanted: 'a whole number, 1000 to 16000000',
    takes: (value: unknown) => isWhole(value, 1_000, 16_000_000),
    read: toNumber,
  },
  'kt-server-span': {
    wanted: 'a number of minutes, hours or days, like 30m, 24h or 7d',
    takes: (value: unknown) => /^[1-9]\d{0,3}[mhd]$/.test(String(value)),
    read: (text: string) => text,
  },
  'kt-server-yes-no': {
    wanted: 'yes or no',
    takes: (value: unknown) => typeof value === 'boolean',
    read: (text: string) => toBoolean(text) ?? text,
  },
  'kt-server-address': {
    wanted: PUBLIC_URL_WORDS,
    takes: (value: unknown) => value === '' || (typeof value === 'string' && publicUrlOf(value) !== null),
    read: (text: string) => publicUrlOf(text) ?? text,
  },
  // Only for PostgreSQL: the embedded database always lies in the data folder, whose lock protects it.
  'kt-server-postgres': {
    wanted: 'a URL that begins with postgres://',
    takes: (value: unknown) => value === '' || /^postgres(ql)?:\/\//.test(String(value)),
    read: (text: string) => text,
  },
  'kt-server-issuer': {
    wanted: 'a URL like https://id.example.org, http only on this machine or in a closed network',
    takes: (value: unknown) => value === '' || (/^https?:\/\//.test(String(value)) && isPlainUrl(String(value))),
    read: (text: string) => text.trim(),
  },
  'kt-server-list': { wanted: 'text', takes: Array.isArray, read: listOf },
  'kt-server-origins': {
    wanted: 'origins like https://app.example.org, separated by commas, or *, or null',
    takes: (value: unknown) => Array.isArray(value) && value.every((entry) => originSource(entry) !== null),
    read: listOf,
  },
} as const;
for (const [name, { takes, read }] of Object.entries(FORMS)) {
  const validate = (value: unknown): void => {
    if (!takes(value)) throw new Error('is not what is wanted');
  };
  convict.addFormat({ name, validate, coerce: read });
}

/** Every setting: what it is for, its default, its variable. Nothing else in server/ reads the environment. */
export const SCHEMA = {
  host: { doc: 'Address to listen on.', format: String, default: '127.0.0.1', env: 'KT_SERVER_HOST' },
  port: {
    doc: 'Port to listen on; 0 takes a free one.',
    format: 'kt-server-port',
    default: 5700,
    env: 'KT_SERVER_PORT',
  },
  dataDir: {
    doc: 'Folder of the embedded database and of kt-server.toml.',
    format: String,
    default: '',
    env: 'KT_SERVER_DATA_DIR',
  },
  diskReserveMegabytes: {
    doc:
      'Megabytes to keep free on the embedded database’s disk: below that, writes are refused (503) and ' +
      'reads go on.',
    format: 'kt-server-whole',
    default: 128,
    env: 'KT_SERVER_DISK_RESERVE_MEGABYTES',
  },
  databaseUrl: {
    doc: 'postgres://… of a PostgreSQL server to use instead of the embedded database.',
    format: 'kt-server-postgres',
    default: '',
    env: 'DATABASE_URL',
    sensitive: true,
  },
  databaseDirectUrl: {
    doc:
      'postgres://… of PostgreSQL itself, where the database URL is that of a pooler: for migrations and ' + 'LISTEN.',
    format: 'kt-server-postgres',
    default: '',
    env: 'KT_DATABASE_DIRECT_URL',
    sensitive: true,
  },
  backupDir: {
    doc: 'Folder for backups that the server makes by itself; none are made without one.',
    format: String,
    default: '',
    env: 'KT_SERVER_BACKUP_DIR',
  },
  backupEvery: {
    doc: 'How long after a backup the server makes the next.',
    format: 'kt-server-span',
    default: '24h',
    env: 'KT_SERVER_BACKUP_EVERY',
  },
  backupKeep: {
    doc: 'How many of its backups the server keeps: the newest.',
    format: 'kt-server-whole',
    default: 7,
    env: 'KT_SERVER_BACKUP_KEEP',
  },
  auth: {
    doc:
      'key: every request needs an API key. none: no key is needed, and everybody is the first user; ' +
      'only on a loopback address, and not behind a proxy.',
    format: ['key', 'none'],
    default: 'key',
    env: 'KT_SERVER_AUTH',
  },
  localLogin: {
    doc:
      'Whether API keys and passkeys sign browsers in. Links that the operator makes always do, and keys stay good ' +
      'for programs.',
    format: 'kt-server-yes-no',
    default: true,
    env: 'KT_SERVER_LOCAL_LOGIN',
  },
  oidcIssuer: {
    doc: 'A provider of OpenID Connect that signs people in: its issuer. Needs KT_SERVER_PUBLIC_URL.',
    format: 'kt-server-issuer',
    default: '',
    env: 'KT_SERVER_OIDC_ISSUER',
  },
  oidcClientId: {
    doc: 'The id by which the provider knows this server.',
    format: String,
    default: '',
    env: 'KT_SERVER_OIDC_CLIENT_ID',
  },
  oidcClientSecret: {
    doc: 'The secret by which the provider knows it; none for a public client.',
    format: String,
    default: '',
    env: 'KT_SERVER_OIDC_CLIENT_SECRET',
    sensitive: true,
  },
  oidcClientSecretFile: {
    doc: 'A file that holds that secret instead.',
    format: String,
    default: '',
    env: 'KT_SERVER_OIDC_CLIENT_SECRET_FILE',
  },
  oidcSignup: {
    doc:
      'Who gets in by the provider. invite: who has an account that is connected with it. claim: also whoever has ' +
      'KT_SERVER_OIDC_CLAIM, and nobody without. open: whoever the provider knows.',
    format: ['invite', 'claim', 'open'],
    default: 'invite',
    env: 'KT_SERVER_OIDC_SIGNUP',
  },
  oidcClaim: {
    doc: 'The claim to have with KT_SERVER_OIDC_SIGNUP=claim: groups, say, or realm_access.roles.',
    format: String,
    default: '',
    env: 'KT_SERVER_OIDC_CLAIM',
  },
  oidcClaimValues: {
    doc: 'The values of which the claim must have one, separated by commas.',
    format: 'kt-server-list',
    default: '',
    env: 'KT_SERVER_OIDC_CLAIM_VALUES',
  },
  oidcScopes: {
    doc: 'What the provider is asked to tell, besides openid.',
    format: 'kt-server-list',
    default: 'email profile',
    env: 'KT_SERVER_OIDC_SCOPES',
  },
  oidcAuthMethod: {
    doc: 'How the server proves itself to the provider. auto: as its discovery says.',
    format: ['auto', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'none'],
    default: 'auto',
    env: 'KT_SERVER_OIDC_AUTH_METHOD',
  },
  oidcAlgorithm: {
    doc: 'The algorithm that signs ID tokens, RS256 or ES256, say. Empty: any that the discovery names.',
    format: ['', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'HS256'],
    default: '',
    env: 'KT_SERVER_OIDC_ALGORITHM',
  },
  oidcName: {
    doc: 'What the provider is called on the page that signs in. The host of its issuer, if not set.',
    format: String,
    default: '',
    env: 'KT_SERVER_OIDC_NAME',
  },
  proxyAuthHeader: {
    doc:
      'The header in which a proxy says who has signed in to it: the address of an account. Believed at /auth/proxy ' +
      'alone, and from KT_SERVER_PROXY_AUTH_FROM.',
    format: String,
    default: '',
    env: 'KT_SERVER_PROXY_AUTH_HEADER',
  },
  proxyAuthFrom: {
    doc: 'Addresses and ranges that the proxy connects from, separated by commas: 10.0.0.2, say, or 172.18.0.0/16.',
    format: 'kt-server-list',
    default: '',
    env: 'KT_SERVER_PROXY_AUTH_FROM',
  },
  logLevel: {
    doc: 'How much goes to the log.',
    format: ['silent', 'error', 'warn', 'info', 'debug'],
    default: 'warn',
    env: 'KT_SERVER_LOG_LEVEL',
  },
  logFormat: {
    doc: 'Form of the log. auto: pretty where it goes to a terminal, else json, a line for each entry.',
    format: ['auto', 'pretty', 'json'],
    default: 'auto',
    env: 'KT_SERVER_LOG_FORMAT',
  },
  publicUrl: {
    doc:
      'Where browsers and clients find the server, if that is not where it listens: https://kt.example.org, say, ' +
      'or https://example.org/kt.',
    format: 'kt-server-address',
    default: '',
    env: 'KT_SERVER_PUBLIC_URL',
  },
  allowedHosts: {
    doc:
      'More names the server answers to, separated by commas; * in one stands for any text, and alone ' +
      'for any name.',
    format: 'kt-server-list',
    default: '',
    env: 'KT_SERVER_ALLOWED_HOSTS',
  },
  corsOrigins: {
    doc:
      'Origins of other pages and extensions that may use the API, separated by commas; * in one stands ' +
      'for any text, and alone for every http and https page; null for pages without an origin.',
    format: 'kt-server-origins',
    default: '',
    env: 'KT_SERVER_CORS_ORIGINS',
  },
  trustProxy: {
    doc:
      'Believe X-Forwarded-Host, X-Forwarded-Proto, X-Forwarded-Prefix and the last address of X-Forwarded-For. ' +
      'Only behind a proxy that writes or removes each of them itself.',
    format: 'kt-server-yes-no',
    default: false,
    env: 'KT_SERVER_TRUST_PROXY',
  },
  basicPrompt: {
    doc: 'Let browsers ask for the key themselves, by HTTP Basic: 401 tells them to.',
    format: 'kt-server-yes-no',
    default: false,
    env: 'KT_SERVER_BASIC_PROMPT',
  },
  webui: {
    doc: 'Folder of a built aw-webui, to be served at /aw/.',
    format: String,
    default: '',
    env: 'KT_SERVER_WEBUI',
  },
  webuiAtRoot: {
    doc: 'Serve aw-webui at /, and the dashboard at /dashboard/.',
    format: 'kt-server-yes-no',
    default: false,
    env: 'KT_SERVER_WEBUI_AT_ROOT',
  },
  connections: {
    doc: 'Maximum number of connections.',
    format: 'kt-server-whole',
    default: 2_000,
    env: 'KT_SERVER_CONNECTIONS',
  },
  connectionsPerAddress: {
    doc:
      'Maximum number of connections from one address (IPv6: one /64); those from this machine do not count, ' +
      'and none do with KT_SERVER_TRUST_PROXY=yes.',
    format: 'kt-server-whole',
    default: 250,
    env: 'KT_SERVER_CONNECTIONS_PER_ADDRESS',
  },
  requestsPerKey: {
    doc:
      'Maximum number of requests a minute with one API key, or from one signed-in browser; no for none. Heartbeats ' +
      'do not count.',
    format: 'kt-server-limit',
    default: 12_000,
    env: 'KT_SERVER_REQUESTS_PER_KEY',
  },
  requestsPerAddress: {
    doc:
      'Maximum number of requests a minute without a good API key from one address (IPv6: one /64); no for none. ' +
      'Those from this machine do not count.',
    format: 'kt-server-limit',
    default: 6_000,
    env: 'KT_SERVER_REQUESTS_PER_ADDRESS',
  },
  uploadRate: {
    doc: 'Minimum bytes a second at which a request body must arrive, measured over 30 seconds.',
    format: 'kt-server-whole',
    default: 1_000,
    env: 'KT_SERVER_UPLOAD_RATE',
  },
  stallSeconds: {
    doc: 'Seconds after which a client that reads nothing of its answer is disconnected.',
    format: 'kt-server-whole',
    default: 300,
    env: 'KT_SERVER_STALL_SECONDS',
  },
  testing: {
    doc: 'aw-server’s testing mode: info says so, and every Chrome extension may use the API.',
    format: 'kt-server-yes-no',
    default: false,
    env: 'KT_SERVER_TESTING',
  },
  eventBytes: {
    doc: 'Largest data of one event, in bytes as stored. Every client that reads it needs as much memory.',
    format: 'kt-server-event-size',
    default: EVENT_BYTES,
    env: 'KT_SERVER_EVENT_BYTES',
  },
  graphqlCost: {
    doc:
      'Maximum number of values in the answer to one GraphQL request, by the lengths of its lists; 5,000 events are ' +
      '35,000.',
    format: 'kt-server-whole',
    default: 100_000,
    env: 'KT_SERVER_GRAPHQL_COST',
  },
  queryThreads: {
    doc: 'Queries that run at once, each in a thread of its own; others wait.',
    format: 'kt-server-whole',
    default: 3,
    env: 'KT_SERVER_QUERY_THREADS',
  },
  querySpareThreads: {
    doc:
      'More threads, each for an account that runs no query yet, so that it need not wait for the long ' +
      'ones of others.',
    format: 'kt-server-whole',
    default: 2,
    env: 'KT_SERVER_QUERY_SPARE_THREADS',
  },
  queriesPerAccount: {
    doc:
      'Queries of one account that run at once; fewer than the threads, so that no account keeps the ' +
      'others waiting.',
    format: 'kt-server-whole',
    default: 2,
    env: 'KT_SERVER_QUERIES_PER_ACCOUNT',
  },
  querySeconds: {
    doc: 'Seconds a query may take. aw-webui itself gives up after 30.',
    format: 'kt-server-whole',
    default: 30,
    env: 'KT_SERVER_QUERY_SECONDS',
  },
  queryMegabytes: {
    doc: 'Memory a query may take, in MB.',
    format: 'kt-server-whole',
    default: 1024,
    env: 'KT_SERVER_QUERY_MEGABYTES',
  },
  queryAnswerMegabytes: {
    doc: 'Size of one answer of a query, in MB.',
    format: 'kt-server-whole',
    default: 100,
    env: 'KT_SERVER_QUERY_ANSWER_MEGABYTES',
  },
  queryPeriods: {
    doc: 'Time periods in one query request.',
    format: 'kt-server-whole',
    default: 1_000,
    env: 'KT_SERVER_QUERY_PERIODS',
  },
  queryStatements: {
    doc: 'Statements in a query.',
    format: 'kt-server-whole',
    default: 10_000,
    env: 'KT_SERVER_QUERY_STATEMENTS',
  },
  queryDepth: {
    doc: 'How deep brackets, calls, blocks and values in a query may be nested.',
    format: 'kt-server-whole',
    default: 100,
    env: 'KT_SERVER_QUERY_DEPTH',
  },
  queryEvents: {
    doc: 'Events a query may read, over all its periods. A year of a busy device is about 550,000.',
    format: 'kt-server-whole',
    default: 2_000_000,
    env: 'KT_SERVER_QUERY_EVENTS',
  },
} as const;

type Forms = {
  'kt-server-port': number;
  'kt-server-limit': number;
  'kt-server-whole': number;
  'kt-server-event-size': number;
  'kt-server-yes-no': boolean;
  'kt-server-list': readonly string[];
  'kt-server-origins': readonly string[];
};
type ValueOf<Format> = Format extends keyof Forms
  ? Forms[Format]
  : Format extends readonly (infer Choice)[]
    ? Choice
    : string;

/**
 * The settings in force. `databaseUrl` is for openDatabase: the one that was set, or the embedded database in the data
 * folder. Settings that name a place (`publicUrl`, `webui`, `backupDir`, `databaseDirectUrl`) are empty when not
 * set.
 */
export type Config = { readonly [Key in keyof typeof SCHEMA]: ValueOf<(typeof SCHEMA)[Key]['format']> };

/** Flags from the command line; undefined where one was not given. */
export type Flags = { readonly config?: string | undefined } & { readonly [Key in keyof Config]?: string | undefined };

type Key = keyof Config;
const KEYS = Object.keys(SCHEMA) as Key[];

/** A setting's name in kt-server.toml. */
export const inFile = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * The settings in force: flags, then environment, then kt-server.toml, then defaults. Fails with `invalid`, and names
 * the flag, variable or line that is wrong.
 */
export const readConfig = (flags: Flags, env: NodeJS.ProcessEnv): Config => readSettings(flags, env).config;

/** The same with each setting's name in the file, to be shown: secrets have no value here. */
export const printableConfig = (flags: Flags, env: NodeJS.ProcessEnv): Record<string, unknown> => {
  const { config, secrets } = readSettings(flags, env);
  return Object.fromEntries(KEYS.map((key) => [inFile(key), secrets.has(key) ? '[Sensitive]' : config[key]]));
};

const readSettings = (flags: Flags, env: NodeJS.ProcessEnv): { config: Config; secrets: Set<Key> } => {
  // The data folder is decided first: the settings file may lie in it, and so can't move it.
  const dataDir = resolve(flags.dataDir ?? (env['KT_SERVER_DATA_DIR'] || defaultDataDir()));
  const path = flags.config === undefined ? join(dataDir, 'kt-server.toml') : resolve(flags.config);
  const { config: named, ...given } = flags;
  const file = readFile(path, named !== undefined);
  const settings = layered<Config>(SCHEMA, { file, env, flags: { ...given, dataDir } });
  const fault = firstFault(settings);
  if (fault) throw new KtError('invalid', inOurWords(fault.name, flags, env, path) ?? fault.why);
  const set: { -readonly [Key in keyof Config]: Config[Key] } = settings.getProperties();
  if (set.auth === 'none') checkKeyless(set);
  checkSignIn(set);
  if (set.oidcClientSecretFile !== '')
    set.oidcClientSecret = secretIn('KT_SERVER_OIDC_CLIENT_SECRET_FILE', set.oidcClientSecretFile);
  const secrets = (['databaseUrl', 'databaseDirectUrl', 'oidcClientSecret'] as const).filter((key) => set[key] !== '');
  return {
    config: {
      ...set,
      databaseUrl: set.databaseUrl || `pglite:${join(dataDir, 'database')}`,
      webui: set.webui && resolve(set.webui),
      backupDir: set.backupDir && resolve(set.backupDir),
    },
    secrets: new Set<Key>(secrets),
  };
};

const readFile = (file: string, mustExist: boolean): Record<string, unknown> => {
  const values = readSettingsFile(file, mustExist, 'or move it away');
  const known = KEYS.map(inFile).filter((name) => name !== 'data_dir'); // the file may lie in that folder
  checkNames(file, Object.keys(values), known);
  return Object.fromEntries(
    KEYS.filter((key) => inFile(key) in values).map((key) => [key, fromFile(file, key, values[inFile(key)])]),
  );
};

/**
 * A setting from the file: a list becomes text (but not for a yes-or-no setting), and words for yes and no become
 * booleans.
 */
const fromFile = (file: string, key: Key, value: unknown): unknown => {
  const isYesNo = typeof SCHEMA[key].default === 'boolean';
  if (Array.isArray(value)) return isYesNo ? value : value.join(',');
  if (SCHEMA[key].format === 'kt-server-limit' && toBoolean(value) === false) return 0;
  if (!isYesNo) return value;
  const yes = toBoolean(value);
  if (yes === null) throw new KtError('invalid', `${inFile(key)} in ${file} must be true or false. ${SCHEMA[key].doc}`);
  return yes;
};

/**
 * convict names the internal key; people know the flag, the variable or the line in the file. The message leaves the
 * value out, since it may be a secret.
 */
const inOurWords = (name: string, flags: Flags, env: NodeJS.ProcessEnv, file: string): string | null => {
  const key = KEYS.find((candidate) => candidate === name);
  if (!key) return null;
  const { format, doc, env: variable } = SCHEMA[key];
  const where =
    flags[key] !== undefined
      ? `--${inFile(key).replaceAll('_', '-')}`
      : env[variable]
        ? variable
        : `${inFile(key)} in ${file}`;
  const wanted =
    typeof format === 'string' ? FORMS[format].wanted : Array.isArray(format) ? `one of ${format.join(', ')}` : 'text';
  return `${where} must be ${wanted}. ${doc}`;
};
