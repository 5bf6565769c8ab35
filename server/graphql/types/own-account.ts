import type { AccountContents } from '../../resolvers/account-removal.ts';
import type { Builder } from '../builder.ts';

/** The end of an account, and what goes with it. */
export const addOwnAccount = (builder: Builder): void => {
  const Contents = builder.objectRef<AccountContents>('AccountContents').implement({
    needs: 'read',
    description: 'What is deleted with the account.',
    fields: (t) => ({
      deviceCount: t.exposeInt('devices', { description: 'How many devices.' }),
      bucketCount: t.exposeInt('buckets', { description: 'How many buckets.' }),
      eventCount: t.exposeInt('events', { description: 'How many events.' }),
      trashedCount: t.exposeInt('trashed', { description: 'How many events in the trash.' }),
      keyCount: t.exposeInt('keys', { description: 'How many API keys that are valid.' }),
      settingCount: t.exposeInt('settings', { description: 'How many settings.' }),
    }),
  });
  builder.prismaObjectField('User', 'contents', (t) =>
    t.field({
      type: Contents,
      description: 'What the account holds, and would be deleted with it.',
      // The trash is counted bucket by bucket.
      complexity: { field: 2_000, multiplier: 1 },
      resolve: (_user, _args, { viewer, resolvers }) => resolvers.ownAccount.contents(viewer()),
    }),
  );
  const Input = builder.inputType('DeleteAccountInput', {
    description: 'The confirmation.',
    fields: (t) => ({ email: t.string({ required: true, description: 'The address of the account, typed.' }) }),
  });
  const Payload = builder.objectRef<{ events: number }>('DeleteAccountPayload').implement({
    needs: 'full',
    description: 'What became of it.',
    fields: (t) => ({ deletedEventCount: t.exposeInt('events', { description: 'How many events went with it.' }) }),
  });
  builder.mutationField('deleteAccount', (t) =>
    t.field({
      needs: 'full',
      type: Payload,
      description:
        'Deletes the account with all devices, buckets, events, keys, sessions and settings, for good. Only a ' +
        'signed-in browser may; keys are `FORBIDDEN` to. Keys and sessions are refused from the first moment, then ' +
        'the data goes in parts; it is answered when all of it is gone. What devices have stays on them, and clients ' +
        'are told that their key is not valid.',
      args: { input: t.arg({ type: Input, required: true, description: 'The confirmation.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) => resolvers.ownAccount.delete(viewer(), input.email),
    }),
  );
};
