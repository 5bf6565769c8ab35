import { MOST_IDENTITIES, type IdentityRow } from '../../resolvers/identities.ts';
import type { Builder } from '../builder.ts';
import { costOfRows } from '../cost.ts';

/** Whom providers of OpenID Connect know the account’s person as. They are connected at `/auth/oidc`. */
export const addIdentities = (builder: Builder): void => {
  const Identity = builder.objectRef<IdentityRow>('Identity').implement({
    needs: 'full',
    description: 'Whom a provider of OpenID Connect knows the account’s person as.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The identity’s id here.' }),
      issuer: t.exposeString('issuer', { description: 'The provider, by its issuer.' }),
      subject: t.exposeString('subject', { description: 'What the provider calls the person for ever: `sub`.' }),
      email: t.exposeString('email', {
        nullable: true,
        description: 'What the provider said last that their address is; null if it said none. Nobody is found by it.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was connected.' }),
      lastUsedAt: t.expose('lastUsedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When somebody signed in by it last; null: never.',
      }),
    }),
  });
  builder.prismaObjectField('User', 'identities', (t) =>
    t.field({
      needs: 'full',
      type: [Identity],
      description: 'Whom providers know the account’s person as, oldest first: 20 at most.',
      complexity: costOfRows(MOST_IDENTITIES),
      resolve: (_user, _args, { viewer, resolvers }) => resolvers.identities.list(viewer()),
    }),
  );

  const Input = builder.inputType('DisconnectIdentityInput', {
    description: 'An identity to disconnect.',
    fields: (t) => ({ id: t.id({ required: true, description: 'Its `id`.' }) }),
  });
  const Payload = builder.objectRef<{ disconnected: boolean }>('DisconnectIdentityPayload').implement({
    needs: 'full',
    description: 'What became of it.',
    fields: (t) => ({
      wasDisconnected: t.exposeBoolean('disconnected', { description: 'False when the account has no such identity.' }),
    }),
  });
  builder.mutationField('disconnectIdentity', (t) =>
    t.field({
      needs: 'full',
      type: Payload,
      description:
        'Takes an identity from the account: the provider lets its person in here no more, and the browsers that ' +
        'signed in by it are signed out.',
      args: { input: t.arg({ type: Input, required: true, description: 'The identity.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => ({
        disconnected: await resolvers.identities.disconnect(viewer(), input.id),
      }),
    }),
  );
};
