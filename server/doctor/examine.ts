import { ok, problem, warn, type Finding } from '../../cli/finding.ts';
import { VERSION } from '../../cli/version.ts';
import { shownUrl } from '../storage/shown-url.ts';
import { embeddedFolder } from '../storage/open.ts';
import type { Facts, Place } from './facts.ts';
import { judgePort, judgeProxy, judgePublicUrl } from './reached.ts';
import { judgePasskeys, judgeProvider } from './signing-in.ts';

const MB = 1024 * 1024;
/** What the embedded engine needs to start, in MB. */
const START_MB = 48;
/** Oldest PostgreSQL that is tested. */
const OLDEST = 15;
/** How far two clocks may differ, in ms, without being reported. */
const CLOCKS = 2_000;

const isEmbedded = ({ config }: Facts): boolean => embeddedFolder(config.databaseUrl) !== undefined;

const looked = ({ database }: Facts) => (database && 'value' in database ? database.value : null);

const octal = (mode: number): string => mode.toString(8).padStart(3, '0');

const judgeMode = (about: string, { path, mode }: Place, closed: number): Finding[] =>
  mode === null || (mode & 0o077) === 0
    ? []
    : [
        problem(
          about,
          `others on this computer get at ${path} (mode ${octal(mode)})`,
          `run \`chmod ${octal(closed)} ${path}\``,
        ),
      ];

const judgeSettings = ({ settingsFile }: Facts): Finding[] => {
  if (settingsFile === null) return [ok('settings', 'no file: flags, environment and defaults')];
  // It may hold the database's password.
  const findings = judgeMode('settings', settingsFile, 0o600);
  return findings.length > 0 ? findings : [ok('settings', settingsFile.path)];
};

const judgeFolder = (facts: Facts): Finding[] => {
  const { dataFolder, config } = facts;
  const about = 'data folder';
  if (!isEmbedded(facts)) return [];
  if (dataFolder === null)
    return [warn(about, `${config.dataDir} is not there yet`, 'start kt-server: it makes it, for its own user alone')];
  const { path, isOurs, isWritable } = dataFolder;
  if (!isWritable)
    return [
      problem(about, `${path} can not be read and written`, 'give it to the user that runs kt-server (chown -R)'),
    ];
  const findings = judgeMode(about, dataFolder, 0o700);
  if (!isOurs)
    findings.push(warn(about, `${path} is another user’s`, 'run this, and kt-server, as the user whose folder it is'));
  return findings.length > 0 ? findings : [ok(about, `${path}, for its owner alone`)];
};

const judgeDisk = (facts: Facts): Finding[] => {
  const { freeBytes, config } = facts;
  const about = 'disk';
  if (!isEmbedded(facts) || freeBytes === null) return [];
  if ('error' in freeBytes) return [warn(about, freeBytes.error, 'look at the disk of the data folder')];
  const free = Math.floor(freeBytes.value / MB);
  const reserve = config.diskReserveMegabytes;
  const said = `${free} MB are free where ${config.dataDir} lies`;
  const todo = 'make room there, or move the data folder to a larger disk';
  if (free < reserve) return [problem(about, `${said}, less than the ${reserve} kept free: writes are refused`, todo)];
  if (free < Math.min(reserve, START_MB) * 4 || free < reserve * 2)
    return [warn(about, `${said}; below ${reserve} writes are refused`, todo)];
  return [ok(about, said)];
};

const judgeDatabase = (facts: Facts): Finding[] => {
  const { database, config } = facts;
  const about = 'database';
  if (database === null) return [];
  if ('error' in database) {
    const todo = isEmbedded(facts) ? null : 'is PostgreSQL running, and does DATABASE_URL name it?';
    return [problem(about, database.error, todo)];
  }
  const found = database.value.facts;
  if (found === null)
    return [warn(about, `there is none yet in ${config.dataDir}`, 'start kt-server, and it makes one')];
  const { engine, version, encoding, collation } = found;
  const major = Number.parseInt(version, 10);
  const where = engine === 'pglite' ? `embedded, PostgreSQL ${version}` : `PostgreSQL ${version}`;
  const findings: Finding[] = [];
  if (major < OLDEST)
    findings.push(warn(about, `${where} is older than what is tested`, `upgrade PostgreSQL to ${OLDEST} or newer`));
  if (encoding !== 'UTF8')
    findings.push(
      problem(
        about,
        `it is in ${encoding}, which can not hold every title`,
        'make one with `createdb --encoding=UTF8 --template=template0 NAME`, and name it in DATABASE_URL',
      ),
    );
  const at = engine === 'pglite' ? '' : ` at ${shownUrl(config.databaseUrl)}`;
  return findings.length > 0 ? findings : [ok(about, `${where}${at}, ${encoding}, collation ${collation}`)];
};

const judgeMigrations = (facts: Facts): Finding[] => {
  const { pending } = facts;
  const about = 'migrations';
  const found = looked(facts)?.facts;
  if (pending === null || !found) return [];
  if ('error' in pending) return [problem(about, pending.error, null)];
  if (pending.value.length === 0) return [ok(about, `all ${found.migrations.length} are applied`)];
  const said = `${pending.value.length} of this version (${VERSION}) are not applied: ${pending.value.join(', ')}`;
  return [
    looked(facts)?.running
      ? warn(about, said, 'restart kt-server: the one that runs is of an older version')
      : warn(about, said, 'start kt-server, which applies them; `kt-server migrate --dry-run` shows them'),
  ];
};

const judgePooler = (facts: Facts): Finding[] => {
  const { isPooled, config } = facts;
  const about = 'pooler';
  const found = looked(facts)?.facts;
  if (isPooled === null || !found) return [];
  if ('error' in isPooled) return [warn(about, isPooled.error, 'check KT_DATABASE_DIRECT_URL')];
  const { main, direct } = isPooled.value;
  const findings: Finding[] = [];
  if (direct)
    findings.push(
      problem(
        about,
        'KT_DATABASE_DIRECT_URL leads to a pooler too',
        'name PostgreSQL itself there: migrations and LISTEN need a session',
      ),
    );
  if (found.deaf !== null)
    findings.push(
      warn(
        about,
        main
          ? `a pooler (pgbouncer in transaction mode, or the like) stands before the database: ${found.deaf}`
          : found.deaf,
        'until then subscribers hear of changes by polling',
      ),
    );
  if (findings.length > 0) return findings;
  if (!main) return [ok(about, 'none')];
  return [ok(about, config.databaseDirectUrl === '' ? 'one that keeps sessions' : 'one, and the way around it')];
};

const judgeClock = (facts: Facts): Finding[] => {
  const about = 'clock';
  const found = looked(facts)?.facts;
  if (!found || found.engine === 'pglite') return []; // it has this computer's
  const { aheadMs, unsureMs } = found;
  if (Math.abs(aheadMs) <= CLOCKS + unsureMs) return [ok(about, 'this computer’s and the database’s agree')];
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return [
    warn(
      about,
      `the database’s is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this computer’s`,
      'set both by NTP: when keys end, and devices synced last, is told by one and kept by the other',
    ),
  ];
};

const judgeKeys = ({ config }: Facts): Finding[] =>
  config.auth === 'none'
    ? [warn('keys', 'none are asked for: every program on this computer has everything', 'unset KT_SERVER_AUTH')]
    : [];

/** All checks, in the order in which a person would look. A check of backups goes in here. */
const JUDGES: readonly ((facts: Facts) => Finding[])[] = [
  judgeSettings,
  judgeFolder,
  judgeDisk,
  judgeDatabase,
  judgeMigrations,
  judgePooler,
  judgeClock,
  judgePort,
  judgeKeys,
  judgePublicUrl,
  judgeProxy,
  judgePasskeys,
  judgeProvider,
];

/** What is well and what is not, from the facts alone. */
export const examine = (facts: Facts): Finding[] => JUDGES.flatMap((judge) => judge(facts));
