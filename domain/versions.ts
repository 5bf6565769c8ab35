/**
 * Which versions of kt-client and kt-server work together, and what each says where they do not. Versions are those of
 * package.json; each side tells its own with every GraphQL request and answer.
 */

/** Where kt-client says its version, and kt-server answers with its own. */
export const CLIENT_VERSION = 'x-kt-client-version';
export const SERVER_VERSION = 'x-kt-server-version';

/**
 * The oldest that still works with the other side as it is now: since 0.2.0 events travel as columns
 * (spec/sync 2.9). To be raised by a change that leaves no other way, and by nothing else: whatever is between
 * works, with what both sides know.
 */
const OLDEST = { client: '0.2.0', server: '0.2.0' } as const;

/** Its numbers, and 0 behind them for one before the release (`1.2.0-beta.1`), else 1; null for what is no version. */
const partsOf = (version: string): readonly number[] | null => {
  const parts = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(-[\w.-]{1,100})?(\+[\w.-]{1,100})?$/.exec(version);
  return parts && [...parts.slice(1, 4).map(Number), parts[4] === undefined ? 1 : 0];
};

/** Whether a version came before another. What is no version is never older, nor newer. */
export const isOlder = (version: string, other: string): boolean => {
  const [parts, others] = [partsOf(version), partsOf(other)];
  if (!parts || !others) return false;
  const differs = parts.findIndex((part, i) => part !== others[i]);
  return differs !== -1 && parts[differs]! < others[differs]!;
};

/** How a client is brought to its server's version. `address` is where the server is, an origin or with a path. */
const renewal = (address: string): string => `renew it by \`npm install -g ${address}/client/kt-client.tgz\``;

/**
 * Why the server, which is of `version`, can't work with a client; null where it can. A client that tells none may be
 * any.
 */
export const clientFault = (client: string | null, version: string, oldest: string = OLDEST.client): string | null =>
  client === null || !isOlder(client, oldest)
    ? null
    : `kt-client ${client} is too old for this kt-server, which is ${version} and works with ${oldest} and newer: ` +
      renewal('THE-ADDRESS-OF-THIS-SERVER');

/** Why a client can't work with the server at `address`, which is of `version`; null where it can. */
export const serverFault = (version: string, address: string, oldest: string = OLDEST.server): string | null =>
  isOlder(version, oldest)
    ? `the kt-server at ${address} is ${version}, too old for this kt-client, which works with ${oldest} and newer: ` +
      'bring the server up to date'
    : null;

/**
 * What a client says that works, and is older than its server; null for one that is not. One that is an executable of
 * its own is no package that npm could renew.
 */
export const outdated = (client: string, server: string, address: string, isExecutable = false): string | null =>
  isOlder(client, server)
    ? `kt-client ${client} is older than the kt-server at ${address}, which is ${server}: ` +
      (isExecutable ? 'renew it by putting the executable of that version in its place' : renewal(address))
    : null;
