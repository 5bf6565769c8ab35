import { linkTo } from '../../resolvers/links.ts';
import type { Invitation } from '../../resolvers/invitations.ts';
import { MOST_PEOPLE, type PersonRow } from '../../resolvers/people.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import { pageOf } from '../page.ts';

/** How many people a page has, if nothing is said. */
const PAGE = 50;
const sizeOf = (first: number | null | undefined): number => Math.min(first ?? PAGE, MOST_PEOPLE);

/** Who is on the server, for who administers it. Nobody's buckets, devices or events are reached from here. */
export const addPeople = (builder: Builder): void => {
  const Person = addPerson(builder);
  addList(builder, Person);
  addInvitations(builder);
  addActs(builder, Person);
};

const addPerson = (builder: Builder) => {
  builder.prismaObjectField('User', 'isAdmin', (t) =>
    t.boolean({
      description: 'Whether this person administers the server: sees who is on it, and invites others.',
      select: { adminSince: true },
      resolve: ({ adminSince }) => adminSince !== null,
    }),
  );
  return builder.objectRef<PersonRow>('Person').implement({
    needs: 'admin',
    description: 'Somebody with an account on this server, as who administers it sees them.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The account’s id.' }),
      email: t.exposeString('email', { description: 'The account’s address.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was made.' }),
      isAdmin: t.boolean({
        description: 'Whether they administer the server.',
        resolve: ({ adminSince }) => adminSince !== null,
      }),
      invitedAt: t.expose('invitedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When they were invited last; null for who has come in, or was never invited.',
      }),
      invitedUntil: t.expose('invitedUntil', {
        type: 'DateTime',
        nullable: true,
        description: 'Until when their invitation is good; null where none is.',
      }),
      movedTo: t.exposeString('movedTo', {
        nullable: true,
        description: 'The address of the server that the account was moved to; null: it is here.',
      }),
      lastSeenAt: t.expose('lastSeenAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When a browser, a key or a device of theirs was seen last, to the minute; null: never.',
      }),
      deviceCount: t.exposeInt('devices', { description: 'How many devices they have.' }),
      bucketCount: t.exposeInt('buckets', { description: 'How many buckets.' }),
      keyCount: t.exposeInt('keys', { description: 'How many API keys that are not revoked.' }),
      eventCount: t.exposeInt('events', { description: 'How many events.' }),
    }),
  });
};
type PersonRef = ReturnType<typeof addPerson>;

const addList = (builder: Builder, Person: PersonRef): void => {
  const Connection = builder.connectionObject(
    {
      name: 'PeopleConnection',
      needs: 'admin',
      description: 'A page of the server’s people.',
      type: Person,
      edgesField: { description: 'The people, the oldest account first.', complexity: costOfList(1) },
    },
    { needs: 'admin', description: 'A person and their place in the list.', nodeField: { description: 'The person.' } },
  );
  builder.queryField('people', (t) =>
    t.field({
      needs: 'admin',
      type: Connection,
      description:
        'Who is on this server, the oldest account first: numbers, and nothing of what they recorded. `FORBIDDEN` ' +
        'unless the viewer administers it.',
      complexity: ({ first }) => costOfList(sizeOf(first), 20),
      args: {
        first: t.arg.int({ description: `How many, ${PAGE} if not said, at most ${MOST_PEOPLE}.` }),
        after: t.arg.string({ description: 'A cursor: what comes behind it.' }),
      },
      resolve: async (_root, { first, after }, { viewer, resolvers }) => {
        const size = sizeOf(first);
        const rows = await resolvers.people.list(viewer(), size < 0 ? size : size + 1, after ?? null);
        return pageOf(rows, size, after, (row) => ({ node: row, cursor: String(row.account) }));
      },
    }),
  );
};

/** Letting somebody in, and taking that back before they came. */
const addInvitations = (builder: Builder): void => {
  const InviteInput = builder.inputType('InviteInput', {
    description: 'Who is to be let in.',
    fields: (t) => ({
      email: t.string({ required: true, description: 'Their e-mail address: it names the account. Nothing is sent.' }),
      isAdmin: t.boolean({ description: 'Whether they are to administer the server, too; not unless said.' }),
    }),
  });
  const InvitePayload = builder.objectRef<Invitation>('InvitePayload').implement({
    needs: 'admin',
    description: 'An invitation. The link is told this once.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The account’s id.' }),
      email: t.exposeString('email', { description: 'The account’s address.' }),
      url: t.string({
        description:
          'The link, which lets whoever opens it first into the account, once: at the server’s public address, or ' +
          'where none is set at the one that this was asked at.',
        resolve: (invitation, _args, { reachedAt }) => linkTo(reachedAt, invitation),
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when.' }),
    }),
  });
  builder.mutationField('invite', (t) =>
    t.field({
      needs: 'admin',
      type: InvitePayload,
      description:
        'Makes an account, if there is none, and a link into it, good for seven days and once. One that was made ' +
        'before is void. `CONFLICT` for who has come in.',
      args: { input: t.arg({ type: InviteInput, required: true, description: 'Who.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) =>
        resolvers.people.invite(viewer(), input.email, input.isAdmin ?? false),
    }),
  );

  const WithdrawInput = builder.inputType('WithdrawInvitationInput', {
    description: 'An invitation to withdraw.',
    fields: (t) => ({ id: t.id({ required: true, description: 'The account’s id.' }) }),
  });
  const WithdrawPayload = builder.objectRef<{ id: string }>('WithdrawInvitationPayload').implement({
    needs: 'admin',
    description: 'What became of it.',
    fields: (t) => ({ id: t.exposeID('id', { description: 'The id of the account, which is gone.' }) }),
  });
  builder.mutationField('withdrawInvitation', (t) =>
    t.field({
      needs: 'admin',
      type: WithdrawPayload,
      description: 'Deletes the account of somebody who was invited and never came. `CONFLICT` for who did.',
      args: { input: t.arg({ type: WithdrawInput, required: true, description: 'Whose.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) => resolvers.people.withdraw(viewer(), input.id),
    }),
  );
};

/** What is done about who came. */
const addActs = (builder: Builder, Person: PersonRef): void => {
  const SetAdminInput = builder.inputType('SetAdminInput', {
    description: 'Who is to administer the server, or not any more.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'The account’s id.' }),
      isAdmin: t.boolean({ required: true, description: 'Whether they do from now on.' }),
    }),
  });
  const SetAdminPayload = builder.objectRef<{ person: PersonRow }>('SetAdminPayload').implement({
    needs: 'admin',
    description: 'What became of it.',
    fields: (t) => ({ person: t.expose('person', { type: Person, description: 'Who it is about.' }) }),
  });
  builder.mutationField('setAdmin', (t) =>
    t.field({
      needs: 'admin',
      type: SetAdminPayload,
      description: 'Has somebody administer the server, or not any more. `CONFLICT` for the last one who does.',
      args: { input: t.arg({ type: SetAdminInput, required: true, description: 'Who.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => ({
        person: await resolvers.people.mark(viewer(), input.id, input.isAdmin),
      }),
    }),
  );

  const DeleteInput = builder.inputType('DeletePersonInput', {
    description: 'Whose account is to go.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'The account’s id.' }),
      email: t.string({ required: true, description: 'Its address, typed.' }),
    }),
  });
  const DeletePayload = builder.objectRef<{ events: number }>('DeletePersonPayload').implement({
    needs: 'admin',
    description: 'What became of it.',
    fields: (t) => ({ deletedEventCount: t.exposeInt('events', { description: 'How many events went with it.' }) }),
  });
  builder.mutationField('deletePerson', (t) =>
    t.field({
      needs: 'admin',
      type: DeletePayload,
      description:
        'Deletes somebody’s account with everything in it, for good, as `deleteAccount` does one’s own. Only a ' +
        'signed-in browser may; keys are `FORBIDDEN` to.',
      args: { input: t.arg({ type: DeleteInput, required: true, description: 'Whose.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) => resolvers.people.remove(viewer(), input.id, input.email),
    }),
  );
};
