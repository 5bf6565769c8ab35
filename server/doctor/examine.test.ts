import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../config.ts';
import type { DatabaseFacts } from '../storage/facts.ts';
import { examine } from './examine.ts';
import type { Facts, Place } from './facts.ts';

const settings = (env: Record<string, string> = {}) => readConfig({ dataDir: '/data' }, env);
const place = (path: string, more: Partial<Place> = {}): Place => ({
  path,
  mode: 0o700,
  isOurs: true,
  isWritable: true,
  ...more,
});
const EMBEDDED: DatabaseFacts = {
  engine: 'pglite',
  version: '18.3',
  encoding: 'UTF8',
  collation: 'C',
  aheadMs: 0,
  unsureMs: 1,
  migrations: [{ migration_name: '1', checksum: 'x', finished: true, logs: null }],
  deviceId: 'server-1',
  deaf: null,
};
const looked = (more: Partial<DatabaseFacts> = {}, running: { pid: number; url: string | null } | null = null) => ({
  value: { facts: { ...EMBEDDED, ...more }, running },
});
const MB = 1024 * 1024;
const WELL: Facts = {
  config: settings(),
  settingsFile: place('/data/kt-server.toml', { mode: 0o600 }),
  dataFolder: place('/data'),
  freeBytes: { value: 100_000 * MB },
  database: looked(),
  pending: { value: [] },
  isPooled: null,
  listener: { value: null },
  publicly: null,
  provider: null,
};
const URL_SET = { KT_SERVER_PUBLIC_URL: 'https://kt.example.org' };
const OPEN = { KT_SERVER_HOST: '0.0.0.0' };
const POSTGRES: Partial<Facts> = {
  config: settings({ DATABASE_URL: 'postgres://kt:secret@db/kt' }),
  database: looked({ engine: 'postgres', version: '15.4' }),
  isPooled: { value: { main: false, direct: false } },
};
const BY_OIDC = {
  ...URL_SET,
  KT_SERVER_OIDC_ISSUER: 'https://id.example.org/realms/home/',
  KT_SERVER_OIDC_CLIENT_ID: 'kt',
  KT_SERVER_OIDC_CLIENT_SECRET: 'secret',
};
const HERE = { health: 200, version: 'v0.14.0 (kt-server 0.1.0)', deviceId: 'server-1', believesForged: false };

const doctor = suite('kt-server’s doctor');
const WELLS: [what: string, facts: Partial<Facts>, says: RegExp][] = [
  ['an embedded database', {}, /embedded, PostgreSQL 18\.3.*UTF8.*all 1 are applied.*free: no server/s],
  ['no settings file', { settingsFile: null }, /no file/],
  ['a file system without modes', { dataFolder: place('/data', { mode: null }) }, /data folder/],
  ['a server that runs', { database: looked({}, { pid: 7, url: 'http://127.0.0.1:9' }) }, /process 7\) serves/],
  ['a server that runs here', { listener: { value: { version: 'v', deviceId: 'server-1' } } }, /this server runs at/],
  ['PostgreSQL', POSTGRES, /PostgreSQL 15\.4 at postgres:\/\/kt@db\/kt.*clock.*agree/s],
  [
    'a pooler with a way around it',
    {
      ...POSTGRES,
      config: settings({ DATABASE_URL: 'postgres://kt@pooler/kt', KT_DATABASE_DIRECT_URL: 'postgres://kt@db/kt' }),
      isPooled: { value: { main: true, direct: false } },
    },
    /one, and the way around it/,
  ],
  ['a public URL that leads here', { config: settings(URL_SET), publicly: { value: HERE } }, /example\.org leads here/],
  [
    'a proxy on another computer',
    { config: settings({ ...URL_SET, ...OPEN }), publicly: { value: HERE } },
    /not believed.*CONNECTIONS_PER_ADDRESS/,
  ],
  [
    'a proxy that is believed on this computer',
    { config: settings({ ...URL_SET, KT_SERVER_TRUST_PROXY: 'yes' }), publicly: { value: HERE } },
    /are believed, from this computer alone/,
  ],
  [
    'passkeys for the public URL',
    {
      config: settings(URL_SET),
      publicly: { value: HERE },
      database: looked({ passkeys: [{ host: 'kt.example.org', count: 5 }] }),
    },
    /passkeys 5, which work at https:\/\/kt\.example\.org, and nowhere else/,
  ],
  [
    'passkeys for this computer',
    { database: looked({ passkeys: [{ host: 'localhost', count: 1 }] }) },
    /passkeys 1, which work at http:\/\/localhost:5700/,
  ],
  ['passkeys that nobody added yet', {}, /passkeys none yet; they work at http:\/\/localhost:5700/],
  [
    'passkeys that are switched off',
    {
      config: settings({ ...BY_OIDC, KT_SERVER_LOCAL_LOGIN: 'no' }),
      publicly: { value: HERE },
      provider: { value: true },
      database: looked({ passkeys: [{ host: 'old.example.org', count: 5 }] }),
    },
    /passkeys they sign nobody in \(KT_SERVER_LOCAL_LOGIN=no\)/,
  ],
  [
    'a provider that answers',
    { config: settings(BY_OIDC), publicly: { value: HERE }, provider: { value: true } },
    /answers; its redirect URI for this server is https:\/\/kt\.example\.org\/auth\/oidc\/callback/,
  ],
];
for (const [what, facts, says] of WELLS)
  doctor(`finds nothing wrong with ${what}`, () => {
    const found = examine({ ...WELL, ...facts });
    assert.equal(
      found.filter(({ level }) => level !== 'ok'),
      [],
    );
    assert.match(found.map(({ about, said }) => `${about} ${said}`).join('\n'), says);
    assert.not.match(JSON.stringify(found), 'secret');
  });

const CASES: [what: string, facts: Partial<Facts>, level: 'warn' | 'problem', says: RegExp][] = [
  [
    'settings that others can read',
    { settingsFile: place('/data/kt-server.toml', { mode: 0o644 }) },
    'problem',
    /mode 644.*chmod 600 \/data\/kt-server\.toml/,
  ],
  ['a data folder that others can read', { dataFolder: place('/data', { mode: 0o755 }) }, 'problem', /755.*chmod 700/],
  ['a data folder of another user', { dataFolder: place('/data', { isOurs: false }) }, 'warn', /another user/],
  ['a data folder that is read only', { dataFolder: place('/data', { isWritable: false }) }, 'problem', /chown/],
  [
    'no data folder',
    { dataFolder: null, database: { value: { facts: null, running: null } } },
    'warn',
    /not there yet/,
  ],
  [
    'no database',
    { database: { value: { facts: null, running: null } } },
    'warn',
    /there is none yet.*start kt-server/,
  ],
  ['a full disk', { freeBytes: { value: 100 * MB } }, 'problem', /100 MB are free.*less than the 128.*make room/],
  ['a disk that is nearly full', { freeBytes: { value: 200 * MB } }, 'warn', /200 MB are free.*below 128/],
  ['a disk that does not tell', { freeBytes: { error: 'EIO' } }, 'warn', /EIO/],
  ['a database that does not open', { database: { error: 'its files are damaged' } }, 'problem', /files are damaged/],
  [
    'a PostgreSQL that does not answer',
    { ...POSTGRES, database: { error: 'PostgreSQL does not let us in' }, pending: null, isPooled: null },
    'problem',
    /does not let us in.*is PostgreSQL running/,
  ],
  ['an old PostgreSQL', { ...POSTGRES, database: looked({ engine: 'postgres', version: '13.1' }) }, 'warn', /upgrade/],
  [
    'another encoding',
    { ...POSTGRES, database: looked({ engine: 'postgres', encoding: 'LATIN1' }) },
    'problem',
    /LATIN1.*createdb --encoding=UTF8/,
  ],
  ['migrations that are to come', { pending: { value: ['m2', 'm3'] } }, 'warn', /2 of this version.*m2, m3.*--dry-run/],
  [
    'an older server that runs',
    { pending: { value: ['m2'] }, database: looked({}, { pid: 7, url: null }) },
    'warn',
    /restart kt-server/,
  ],
  ['a database of a newer version', { pending: { error: 'm9, which this version does not know' } }, 'problem', /m9/],
  [
    'a pooler in transaction mode',
    {
      ...POSTGRES,
      database: looked({ engine: 'postgres', deaf: 'LISTEN does not hold: set KT_DATABASE_DIRECT_URL' }),
      isPooled: { value: { main: true, direct: false } },
    },
    'warn',
    /pgbouncer in transaction mode.*KT_DATABASE_DIRECT_URL.*polling/,
  ],
  [
    'a direct URL that is a pooler’s',
    { ...POSTGRES, isPooled: { value: { main: true, direct: true } } },
    'problem',
    /leads to a pooler too/,
  ],
  ['a direct URL that leads nowhere', { ...POSTGRES, isPooled: { error: 'ECONNREFUSED' } }, 'warn', /ECONNREFUSED/],
  [
    'a database’s clock that is ahead',
    { ...POSTGRES, database: looked({ engine: 'postgres', aheadMs: 90_000 }) },
    'warn',
    /90 s ahead of.*NTP/,
  ],
  [
    'a database’s clock that is behind',
    { ...POSTGRES, database: looked({ engine: 'postgres', aheadMs: -3_600_000 }) },
    'warn',
    /3600 s behind/,
  ],
  ['a port that is taken', { listener: { value: { version: null, deviceId: null } } }, 'problem', /another program/],
  [
    'an aw-server on the port',
    { listener: { value: { version: 'v0.13.2', deviceId: 'aw' } } },
    'problem',
    /another server \(v0\.13\.2\).*--port/,
  ],
  ['an address that is none of ours', { listener: { error: 'EADDRNOTAVAIL' } }, 'problem', /EADDRNOTAVAIL.*--host/],
  ['no keys', { config: settings({ KT_SERVER_AUTH: 'none' }) }, 'warn', /every program on this computer/],
  ['a network without a name', { config: settings(OPEN) }, 'warn', /0\.0\.0\.0.*KT_SERVER_PUBLIC_URL/],
  [
    'a public URL without TLS',
    { config: settings({ KT_SERVER_PUBLIC_URL: 'http://kt.example.org' }), publicly: { value: HERE } },
    'warn',
    /not https.*proxy with TLS/,
  ],
  [
    'a public URL that does not answer',
    { config: settings(URL_SET), publicly: { error: 'getaddrinfo ENOTFOUND kt.example.org' } },
    'problem',
    /ENOTFOUND.*does the name lead to the proxy/,
  ],
  [
    'a proxy that does not reach the server',
    { config: settings(URL_SET), publicly: { value: { ...HERE, health: 502, version: null, deviceId: null } } },
    'problem',
    /answers 502.*http:\/\/127\.0\.0\.1:5700/,
  ],
  [
    'another site at the public URL',
    { config: settings(URL_SET), publicly: { value: { ...HERE, version: null, deviceId: null } } },
    'problem',
    /it is no kt-server/,
  ],
  [
    'another kt-server at the public URL',
    { config: settings(URL_SET), publicly: { value: { ...HERE, deviceId: 'server-2' } } },
    'problem',
    /another kt-server/,
  ],
  [
    'a proxy that passes on what clients forge',
    {
      config: settings({ ...URL_SET, KT_SERVER_TRUST_PROXY: 'yes' }),
      publicly: { value: { ...HERE, believesForged: true } },
    },
    'problem',
    /own X-Forwarded-Host.*unset KT_SERVER_TRUST_PROXY/,
  ],
  [
    'headers that are believed of everybody',
    { config: settings({ ...URL_SET, ...OPEN, KT_SERVER_TRUST_PROXY: 'yes' }), publicly: { value: HERE } },
    'warn',
    /whoever reaches 0\.0\.0\.0/,
  ],
  [
    'passkeys for a former name',
    {
      config: settings(URL_SET),
      publicly: { value: HERE },
      database: looked({
        passkeys: ['old.example.org', 'kt.example.org', 'localhost', 'c.example', 'd.example'].map((host, at) => ({
          host,
          count: 9 - at,
        })),
      }),
    },
    'warn',
    /27 of 35 are for another name.*old\.example\.org: 9, localhost: 7, c\.example: 6, 1 more.*https:\/\/kt\.example/,
  ],
  [
    'a public URL for which there are no passkeys',
    { config: settings({ KT_SERVER_PUBLIC_URL: 'https://192.0.2.1:8443' }), publicly: { value: HERE } },
    'warn',
    /passkeys none can be made or used at https:\/\/192\.0\.2\.1:8443.*no IP address.*KT_SERVER_PUBLIC_URL/,
  ],
  [
    'an IPv6 address in its place',
    { config: settings({ KT_SERVER_PUBLIC_URL: 'https://[2001:db8::1]' }), publicly: { value: HERE } },
    'warn',
    /passkeys none can be made.*no IP address/,
  ],
  [
    'passkeys that were left behind by https',
    {
      config: settings({ KT_SERVER_PUBLIC_URL: 'http://kt.lan' }),
      publicly: { value: HERE },
      database: looked({ passkeys: [{ host: 'kt.lan', count: 2 }] }),
    },
    'warn',
    /none can be made or used at http:\/\/kt\.lan: .* over https alone; the 2 that are there \(kt\.lan: 2\) sign/,
  ],
  [
    'a provider that does not answer',
    { config: settings(BY_OIDC), publicly: { value: HERE }, provider: { error: 'fetch failed' } },
    'problem',
    /realms\/home\/ can not be used: fetch failed.*\/auth\/oidc\/callback/,
  ],
  [
    'a provider without TLS',
    {
      config: settings({ ...BY_OIDC, KT_SERVER_OIDC_ISSUER: 'http://id.lan' }),
      publicly: { value: HERE },
      provider: { value: true },
    },
    'warn',
    /not https: whoever is on the way/,
  ],
];
for (const [what, facts, level, says] of CASES)
  doctor(`finds ${what}`, () => {
    const found = examine({ ...WELL, ...facts }).filter((finding) => finding.level !== 'ok');
    assert.is(found[0]?.level, level, JSON.stringify(found));
    assert.match(found.map(({ about, said, todo }) => `${about} ${said} ${todo}`).join('\n'), says);
    assert.not.match(JSON.stringify(found), 'secret');
  });

doctor.run();
