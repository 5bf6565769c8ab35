import type { NetworkInterfaceInfo } from 'node:os';
import { isLoopback } from '../../domain/loopback.ts';
import type { InForce } from '../flags-in-force.ts';
import { hereOf, isEverywhere, linkTo } from '../resolvers/links.ts';
import type { LoginLink } from '../resolvers/login-links.ts';
import type { Serving } from '../serve.ts';

/** What the greeting needs to know about a server that is ready. */
export type Place = {
  readonly auth: 'key' | 'none';
  /** The address it listens on, as configured. */
  readonly host: string;
  readonly hostname: string;
  readonly interfaces: Partial<Record<string, readonly NetworkInterfaceInfo[]>>;
  /** Whether the current folder is in the clone that this runs from: there `npx` finds both programs. */
  readonly inClone: boolean;
  /** How to run this program from the current folder: `npx kt-server`, `kt-server`, or `node …/server/bin.js`. */
  readonly program: string;
  readonly inForce: InForce;
};

/**
 * The URLs of a server that listens on every address, for other computers: this computer's name, then its addresses.
 */
const othersFind = (host: string, port: string, { hostname, interfaces }: Place): string[] => {
  const all = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter(({ internal }) => !internal);
  const four = all.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
  // Link-local addresses need a zone, which a URL can't have.
  const six =
    host === '0.0.0.0'
      ? []
      : all
          .filter(({ family, address }) => family === 'IPv6' && !/^fe80:/i.test(address))
          .map(({ address }) => `[${address}]`);
  return [...four, hostname, ...six].map((name) => `http://${name}${port === '' ? '' : `:${port}`}`);
};

const setup = (program: string, url: string, key: string): string => `  ${program} setup --url ${url} --api-key ${key}`;

/** The lines to paste where there is no clone: the client is the one that this server hands out. */
const anywhere = (url: string, key: string): string[] => {
  const client = `${url}/client/kt-client.tgz`;
  return [
    setup(`npx --yes ${client}`, url, key),
    'And to keep it there, as `kt-client`:',
    `  npm install -g ${client}`,
  ];
};

/**
 * What a person needs after a start: the URL, a link to sign in with if there is one, and the next command. The key is
 * shown only when it was just created.
 */
export const welcome = (
  { url, where, firstKey }: Pick<Serving, 'url' | 'where' | 'firstKey'>,
  place: Place,
  link: LoginLink | null,
): string[] => {
  const { hostname: bound, port } = new URL(url);
  const everywhere = isEverywhere(new URL(url));
  const here = hereOf(url);
  const others = everywhere ? othersFind(place.host, port, place) : [];
  const lines = [`kt-server is ready at ${here}`];
  if (link)
    lines.push(`Open ${linkTo(url, link)}`, `  in a browser: it signs in as ${link.email}, once, within an hour`);
  lines.push(`  Playground  ${here}/graphql`);
  if (others.length > 0) lines.push(`  Elsewhere   ${others.join('  ')}`);
  lines.push(`  Data        ${where}`);
  if (place.auth === 'none') lines.push('  Keys        none needed (KT_SERVER_AUTH=none)');
  if (firstKey) {
    lines.push(`  API key     ${firstKey.key}`, `              of ${firstKey.email}; shown this once`, '');
    if (isLoopback(bound)) {
      lines.push(
        `On this computer, if it runs ActivityWatch${place.inClone ? ', in a clone of this project' : ''}:`,
        ...(place.inClone ? [setup('npx kt-client', here, firstKey.key)] : anywhere(here, firstKey.key)),
        'Other computers do not reach this address: start with --host 0.0.0.0, ' +
          'or behind a proxy with KT_SERVER_PUBLIC_URL.',
      );
    } else {
      lines.push(
        'On each device that runs ActivityWatch, with Node.js 20.19 or newer:',
        ...anywhere(others[0] ?? here, firstKey.key),
      );
    }
  } else if (place.auth === 'key') {
    const { flags, needsDatabaseUrl } = place.inForce;
    lines.push(`  Another key  ${[place.program, 'generate-key', '--email', 'owner@localhost', ...flags].join(' ')}`);
    if (needsDatabaseUrl) lines.push('               with DATABASE_URL set as it is here');
  }
  return lines;
};
