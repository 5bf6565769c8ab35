/** The schema of kt-client's settings: what each is for, its format, default and environment variable. */
import { parsedUrl } from '../../domain/parsed-url.ts';
import convict from 'convict';
import type { Mode } from '../sync/options.ts';

/** The settings in force, in the form that all other code gets. */
export type Config = {
  readonly remote: { readonly url: string; readonly api_key: string };
  readonly sync: { readonly interval_minutes: number; readonly mode: Mode; readonly buckets: readonly string[] };
  readonly local: { readonly host: string; readonly port: number; readonly api_key: string };
  readonly state_dir: string;
};

// convict reads "5600x" as 5600 and keeps the blank in "a, b", so these formats are our own, with names of their own.
convict.addFormats({
  'kt-client-port': {
    validate(value: unknown) {
      if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > 65535)
        throw new Error('must be a port, 1 to 65535');
    },
    coerce: (value: string) => (/^\d+$/.test(value) ? Number(value) : value),
  },
  'kt-client-minutes': {
    validate(value: unknown) {
      if (typeof value !== 'number' || !(value >= 0.1 && value <= 1440))
        throw new Error('must be minutes, 0.1 to 1440');
    },
    coerce: (value: string) => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : value),
  },
  'kt-client-globs': {
    validate(value: unknown) {
      const isList =
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((glob) => typeof glob === 'string' && glob !== '' && glob !== '!');
      if (!isList) throw new Error('must be a list of globs, like ["*", "!aw-watcher-web-*"]');
    },
    coerce: (value: string) => value.split(',').map((glob) => glob.trim()),
  },
  'kt-client-url': {
    validate(value: unknown) {
      if (value === '') return; // not set up yet: the commands that need it say so
      const url = typeof value === 'string' ? parsedUrl(value) : null;
      if (!url || !/^https?:$/.test(url.protocol)) throw new Error('must be a URL like https://kt.example');
      if (url.username || url.password || url.search || url.hash)
        throw new Error('must be a plain URL: the key goes into api_key');
    },
  },
  'kt-client-host': {
    validate(value: unknown) {
      if (typeof value !== 'string' || !/^[\w.:[\]-]+$/.test(value))
        throw new Error('must be a host name or an address');
    },
  },
});

export const SCHEMA = {
  remote: {
    url: { doc: 'the URL of kt-server', format: 'kt-client-url', default: '', env: 'KT_CLIENT_REMOTE_URL' },
    api_key: {
      doc: 'the API key that kt-server generated',
      format: String,
      default: '',
      env: 'KT_CLIENT_API_KEY',
      sensitive: true,
    },
  },
  sync: {
    interval_minutes: {
      doc: 'minutes between two passes of the daemon',
      format: 'kt-client-minutes',
      default: 5,
      env: 'KT_CLIENT_INTERVAL_MINUTES',
    },
    mode: {
      doc: 'what a pass does: push, pull or both',
      format: ['push', 'pull', 'both'],
      default: 'both',
      env: 'KT_CLIENT_MODE',
    },
    buckets: {
      doc: 'globs of the buckets to push and pull; a leading "!" excludes. In the environment, separated by commas',
      format: 'kt-client-globs',
      default: ['*'],
      env: 'KT_CLIENT_BUCKETS',
    },
  },
  local: {
    host: {
      doc: 'the host of the local aw-server',
      format: 'kt-client-host',
      default: '127.0.0.1',
      env: 'KT_CLIENT_LOCAL_HOST',
    },
    port: {
      doc: 'the port of the local aw-server',
      format: 'kt-client-port',
      default: 5600,
      env: 'KT_CLIENT_LOCAL_PORT',
    },
    api_key: {
      doc: 'the key of the local aw-server, if it asks for one',
      format: String,
      default: '',
      env: 'KT_CLIENT_LOCAL_API_KEY',
      sensitive: true,
    },
  },
  state_dir: {
    doc: 'where kt-client keeps what it remembers between passes',
    format: String,
    default: '',
    env: 'KT_CLIENT_STATE_DIR',
  },
} as const;

/** Every setting by its name, with its environment variable. */
export const SETTINGS: Readonly<Record<string, { readonly env: string }>> = {
  'remote.url': SCHEMA.remote.url,
  'remote.api_key': SCHEMA.remote.api_key,
  'sync.interval_minutes': SCHEMA.sync.interval_minutes,
  'sync.mode': SCHEMA.sync.mode,
  'sync.buckets': SCHEMA.sync.buckets,
  'local.host': SCHEMA.local.host,
  'local.port': SCHEMA.local.port,
  'local.api_key': SCHEMA.local.api_key,
  state_dir: SCHEMA.state_dir,
};

/** The settings with `[hidden]` for each secret that is set: safe to print and to send to others. */
export const withoutSecrets = ({ remote, sync, local, state_dir }: Config) => {
  const hide = (secret: string) => (secret === '' ? '' : '[hidden]');
  return {
    state_dir,
    remote: { ...remote, api_key: hide(remote.api_key) },
    sync: { ...sync, buckets: [...sync.buckets] },
    local: { ...local, api_key: hide(local.api_key) },
  };
};
