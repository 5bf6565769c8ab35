import { scopeOf, type Scope } from '../../auth/scope.ts';
import type { MadeKey } from '../../resolvers/new-key.ts';
import type { Builder } from '../builder.ts';
import { costOfRow } from '../cost.ts';

/** What a key allows. */
export const addScope = (builder: Builder) =>
  builder.enumType('ApiKeyScope', {
    description: 'What an API key allows.',
    values: {
      FULL: { value: 'full', description: 'Everything in its account.' },
      READ: { value: 'read', description: 'Every question but those about keys and browsers, and no change.' },
      PUSH: { value: 'push', description: 'The sync of one device, and nothing else.' },
      METRICS: { value: 'metrics', description: 'Reading `/metrics`, and nothing here.' },
    } satisfies Record<Uppercase<Scope>, { value: Scope; description: string }>,
  });

/** The account's keys, and how they are made and revoked. */
export const addApiKeys = (builder: Builder, ScopeRef: ReturnType<typeof addScope>): void => {
  builder.prismaObject('ApiKey', {
    needs: 'full',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The key’s id: not the key.' }),
      name: t.exposeString('name'),
      prefix: t.exposeString('prefix'),
      scope: t.field({
        type: ScopeRef,
        nullable: true,
        description: 'What the key allows; null for a scope that this server does not know.',
        select: { scope: true },
        resolve: ({ scope }) => scopeOf(scope),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
      lastUsedAddress: t.exposeString('lastUsedAddress', { nullable: true }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
      revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
      device: t.relation('device', { nullable: true, complexity: costOfRow }),
    }),
  });

  const CreateInput = builder.inputType('CreateApiKeyInput', {
    description: 'A key to make. It has no more than the key by which it is made.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'What it is for: at most 100 characters.' }),
      scope: t.field({
        type: ScopeRef,
        required: true,
        description: 'What it allows. `METRICS` is `FORBIDDEN`: the operator makes such a key on the server.',
      }),
      deviceId: t.id({
        description:
          'The device to bind it to, by the id it registered under. A key of scope `PUSH` without one is bound to ' +
          'the first that it registers.',
      }),
      expiresAt: t.field({
        type: 'DateTime',
        description: 'When it is to expire; left out: with the key by which it is made, if that does, else never.',
      }),
    }),
  });
  const CreatePayload = builder.objectRef<MadeKey>('CreateApiKeyPayload').implement({
    needs: 'full',
    description: 'A key that was made.',
    fields: (t) => ({
      key: t.exposeString('key', {
        description: 'The key itself. It is shown this once: the server has only its hash.',
      }),
      apiKey: t.prismaField({
        type: 'ApiKey',
        description: 'What is kept of it.',
        complexity: costOfRow,
        resolve: (query, { row }, _args, { viewer, resolvers }) => resolvers.graph.apiKey(viewer(), row.id, query),
      }),
    }),
  });
  builder.mutationField('createApiKey', (t) =>
    t.field({
      needs: 'full',
      type: CreatePayload,
      description: 'Makes an API key. `TOO_LARGE` where the account has 1,000 that are good.',
      args: { input: t.arg({ type: CreateInput, required: true, description: 'What it is for.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) =>
        resolvers.keys.create(viewer(), {
          name: input.name,
          scope: input.scope,
          deviceId: input.deviceId ?? null,
          expiresAt: input.expiresAt == null ? null : new Date(Number(input.expiresAt / 1000n)),
        }),
    }),
  );

  const RevokeInput = builder.inputType('RevokeApiKeyInput', {
    description: 'A key to revoke.',
    fields: (t) => ({ id: t.id({ required: true, description: 'Its `id`.' }) }),
  });
  const RevokePayload = builder.objectRef<{ id: string }>('RevokeApiKeyPayload').implement({
    needs: 'full',
    description: 'A key that is revoked.',
    fields: (t) => ({
      apiKey: t.prismaField({
        type: 'ApiKey',
        description: 'The key.',
        complexity: costOfRow,
        resolve: (query, { id }, _args, { viewer, resolvers }) => resolvers.graph.apiKey(viewer(), id, query),
      }),
    }),
  });
  builder.mutationField('revokeApiKey', (t) =>
    t.field({
      needs: 'full',
      type: RevokePayload,
      description:
        'Revokes an API key: it is refused from now on, what it subscribes to ends, and so do the browsers that ' +
        'signed in with it. One that was revoked before stays as it is.',
      args: { input: t.arg({ type: RevokeInput, required: true, description: 'The key.' }) },
      resolve: (_root, { input }, { viewer, resolvers }) => resolvers.keys.revoke(viewer(), input.id),
    }),
  );
};
