import type { SessionRow } from '../../resolvers/sessions.ts';
import type { Builder } from '../builder.ts';
import { costOfRows } from '../cost.ts';

/** Browsers that are signed in, and how to sign them out. */
export const addSession = (builder: Builder): void => {
  const Session = builder.objectRef<SessionRow>('Session').implement({
    needs: 'full',
    description: 'A browser that is signed in.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The session’s id: not what the browser shows.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the browser signed in.' }),
      lastSeenAt: t.expose('lastSeenAt', {
        type: 'DateTime',
        description: 'When the session was last used, to the minute.',
      }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        description: 'When it ends if it is not used before; later, if it is, up to 180 days after the sign-in.',
      }),
      browser: t.exposeString('browser', { description: 'The browser and its system, or what it calls itself.' }),
      address: t.exposeString('address', { description: 'The address that it signed in from.' }),
      isCurrent: t.boolean({
        description: 'Whether this very request is by it.',
        resolve: ({ id }, _args, { viewer }) => id === viewer().sessionId,
      }),
    }),
  });
  builder.prismaObjectField('User', 'sessions', (t) =>
    t.field({
      needs: 'full',
      type: [Session],
      description: 'The browsers that are signed in to the account, those seen last first: 1,000 at most.',
      complexity: (_args, { sizes }) => costOfRows(sizes.sessions),
      resolve: (_user, _args, { viewer, resolvers }) => resolvers.sessions.list(viewer()),
    }),
  );

  const RevokeInput = builder.inputType('RevokeSessionInput', {
    description: 'A browser to sign out.',
    fields: (t) => ({ id: t.id({ required: true, description: 'Its session.' }) }),
  });
  const RevokePayload = builder.objectRef<{ revoked: boolean }>('RevokeSessionPayload').implement({
    needs: 'full',
    description: 'What became of it.',
    fields: (t) => ({
      wasRevoked: t.exposeBoolean('revoked', { description: 'False when the account has no such session any more.' }),
    }),
  });
  builder.mutationField('revokeSession', (t) =>
    t.field({
      needs: 'full',
      type: RevokePayload,
      description: 'Signs a browser out, at once, and ends what it subscribes to.',
      args: { input: t.arg({ type: RevokeInput, required: true, description: 'The session.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => ({
        revoked: await resolvers.sessions.revoke(viewer(), input.id),
      }),
    }),
  );

  const RevokeAllInput = builder.inputType('RevokeAllSessionsInput', {
    description: 'Which browsers to sign out.',
    fields: (t) => ({
      exceptCurrent: t.boolean({
        description: 'Whether the session that this request is by goes on. False if not said.',
      }),
    }),
  });
  const RevokeAllPayload = builder.objectRef<{ revoked: number }>('RevokeAllSessionsPayload').implement({
    needs: 'full',
    description: 'What became of them.',
    fields: (t) => ({ revoked: t.exposeInt('revoked', { description: 'How many browsers were signed out.' }) }),
  });
  builder.mutationField('revokeAllSessions', (t) =>
    t.field({
      needs: 'full',
      type: RevokeAllPayload,
      description: 'Signs the account’s browsers out, at once, and ends its links to sign in that were not used.',
      args: { input: t.arg({ type: RevokeAllInput, required: true, description: 'Which.' }) },
      resolve: async (_root, { input }, { viewer, resolvers }) => ({
        revoked: await resolvers.sessions.revokeAll(viewer(), input.exceptCurrent ?? false),
      }),
    }),
  );
};
