import {
  LOG_KINDS,
  MOST_ENTRIES,
  SIGN_IN_WAYS,
  type LogKind,
  type LogRow,
  type SignInWay,
} from '../../resolvers/account-log.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import { pageOf } from '../page.ts';

const KINDS: Readonly<Record<Uppercase<LogKind>, string>> = {
  SIGNED_IN: 'A browser signed in.',
  SIGNED_OUT: 'Browsers were signed out.',
  LINK_MADE: 'A link to sign in with was made on the server.',
  KEY_MADE: 'An API key was made.',
  KEY_REVOKED: 'An API key was revoked.',
  DEVICE_REGISTERED: 'A device registered for the first time.',
  EXPORTED: 'Buckets were exported.',
  BUCKET_DELETED: 'A bucket was deleted.',
  INVITED: 'Somebody was invited: who it is about, and who did it.',
  INVITATION_WITHDRAWN: 'An invitation was withdrawn.',
  ADMIN_SET: 'Somebody administers the server from then on.',
  ADMIN_UNSET: 'Somebody does so no more.',
  ACCOUNT_DELETED: 'Who administers the server deleted an account.',
  PASSKEY_ADDED: 'A passkey was added.',
  PASSKEY_REMOVED: 'A passkey was removed, and the browsers that it signed in were signed out.',
  CONNECTED: 'A sign-in at a provider of OpenID Connect was connected.',
  DISCONNECTED: 'A sign-in at a provider was disconnected, and the browsers that it signed in were signed out.',
  REFUSED: 'Somebody with a key or a session of the account was refused; once an hour for the same reason and address.',
};

const WAYS: Readonly<Record<Uppercase<SignInWay>, string>> = {
  KEY: 'By an API key.',
  LINK: 'By a link that was made on the server.',
  PASSKEY: 'By a passkey.',
  PROVIDER: 'By a provider of OpenID Connect.',
  PROXY: 'By a header of a trusted proxy.',
  DEVICE: 'A device, by a code that a person approved: it got a key.',
};

/** An enum of the schema whose values are those of the table, in capitals. */
const valuesOf = <Name extends string>(names: readonly Name[], told: Readonly<Record<Uppercase<Name>, string>>) =>
  Object.fromEntries(
    names.map((value) => {
      const name = value.toUpperCase() as Uppercase<Name>;
      return [name, { value, description: told[name] }];
    }),
  ) as Record<Uppercase<Name>, { value: Name; description: string }>;

/** How many entries a page has, if nothing is said. */
const PAGE = 50;
const sizeOf = (first: number | null | undefined): number => Math.min(first ?? PAGE, MOST_ENTRIES);

/** The account's log: who signed in or was refused, and what happened to keys, devices and data. */
export const addAccountLog = (builder: Builder): void => {
  const Kind = builder.enumType('LogKind', {
    description: 'What happened.',
    values: valuesOf(LOG_KINDS, KINDS),
  });
  const Way = builder.enumType('SignInWay', {
    description: 'How somebody signed in.',
    values: valuesOf(SIGN_IN_WAYS, WAYS),
  });
  const Entry = builder.objectRef<LogRow>('LogEntry').implement({
    needs: 'full',
    description:
      'An entry of the account’s log: somebody signed in or was refused, or a key, a device or data came or went.',
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime', description: 'When.' }),
      happened: t.expose('kind', { type: Kind, description: 'What happened.' }),
      what: t.exposeString('what', {
        description:
          'To which browser, key, device, bucket, passkey or sign-in, as its owner knows it; or why somebody was ' +
          'refused.',
      }),
      way: t.expose('way', {
        type: Way,
        nullable: true,
        description: 'How somebody signed in; null for all else.',
      }),
      address: t.exposeString('address', { nullable: true, description: 'From where; null: on the server itself.' }),
    }),
  });
  const Connection = builder.connectionObject(
    {
      name: 'AccountLogConnection',
      needs: 'full',
      description: 'A page of an account’s log.',
      type: Entry,
      edgesField: { description: 'The entries, newest first.', complexity: costOfList(1) },
    },
    { needs: 'full', description: 'An entry and its place in the list.', nodeField: { description: 'The entry.' } },
  );
  builder.prismaObjectField('User', 'log', (t) =>
    t.field({
      needs: 'full',
      type: Connection,
      description:
        'Who signed in or was refused, and which keys, devices and data came or went, in the last 180 days, newest ' +
        'first: at most 5,000 entries. The deletion of the account is not in it, because it deletes the log too.',
      complexity: ({ first }) => costOfList(sizeOf(first), 20),
      args: {
        first: t.arg.int({ description: `How many, ${PAGE} if not said, at most ${MOST_ENTRIES}.` }),
        after: t.arg.string({ description: 'A cursor: what comes behind it.' }),
      },
      resolve: async (_user, { first, after }, { viewer, resolvers }) => {
        const size = sizeOf(first);
        const rows = await resolvers.accountLog.list(viewer(), size < 0 ? size : size + 1, after ?? null);
        return pageOf(rows, size, after, (row) => ({ node: row, cursor: String(row.id) }));
      },
    }),
  );
};
