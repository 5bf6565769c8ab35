import { MOST_PASSKEYS, type PasskeyRow } from '../../resolvers/passkeys.ts';
import type { Builder } from '../builder.ts';
import { costOfRows } from '../cost.ts';

/** The account’s passkeys. They are added at `/auth/passkey`, where a browser asks its authenticator. */
export const addPasskeys = (builder: Builder): void => {
  const Passkey = builder.objectRef<PasskeyRow>('Passkey').implement({
    needs: 'full',
    description: 'What an authenticator signs the account’s person in with.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The passkey’s id.' }),
      name: t.exposeString('name', { description: 'What its owner calls it.' }),
      hostname: t.exposeString('rpId', {
        description: 'The host that it is for: browsers use it there alone, whatever the server is called later.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was added.' }),
      lastUsedAt: t.expose('lastUsedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When somebody signed in by it last; null: never.',
      }),
    }),
  });
  builder.prismaObjectField('User', 'passkeys', (t) =>
    t.field({
      needs: 'full',
      type: [Passkey],
      description: 'The account’s passkeys, oldest first: 20 at most.',
      complexity: costOfRows(MOST_PASSKEYS),
      resolve: (_user, _args, { viewer, resolvers }) => resolvers.passkeys.list(viewer()),
    }),
  );

  const RenameInput = builder.inputType('RenamePasskeyInput', {
    description: 'A passkey and its name.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Its `id`.' }),
      name: t.string({ required: true, description: 'The name: 1 to 100 characters.' }),
    }),
  });
  const RenamePayload = builder.objectRef<{ passkey: PasskeyRow }>('RenamePasskeyPayload').implement({
    needs: 'full',
    description: 'The passkey with its name.',
    fields: (t) => ({ passkey: t.expose('passkey', { type: Passkey, description: 'The passkey.' }) }),
  });
  builder.mutationField('renamePasskey', (t) =>
    t.field({
      needs: 'full',
      type: RenamePayload,
      description: 'Gives a passkey another name.',
      args: { input: t.arg({ type: RenameInput, required: true, description: 'The passkey and its name.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => ({
        passkey: await resolvers.passkeys.rename(viewer(), input.id, input.name),
      }),
    }),
  );

  const RemoveInput = builder.inputType('RemovePasskeyInput', {
    description: 'A passkey to remove.',
    fields: (t) => ({ id: t.id({ required: true, description: 'Its `id`.' }) }),
  });
  const RemovePayload = builder.objectRef<{ removed: boolean }>('RemovePasskeyPayload').implement({
    needs: 'full',
    description: 'What became of it.',
    fields: (t) => ({
      wasRemoved: t.exposeBoolean('removed', { description: 'False when the account has no such passkey.' }),
    }),
  });
  builder.mutationField('removePasskey', (t) =>
    t.field({
      needs: 'full',
      type: RemovePayload,
      description: 'Removes a passkey: it is refused from now on, and the browsers that it signed in are signed out.',
      args: { input: t.arg({ type: RemoveInput, required: true, description: 'The passkey.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => ({
        removed: await resolvers.passkeys.remove(viewer(), input.id),
      }),
    }),
  );
};
