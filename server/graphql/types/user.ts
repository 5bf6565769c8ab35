import { scopeOf, type Scope } from '../../auth/scope.ts';
import { IN_ORDER, SHOWN } from '../../resolvers/devices.ts';
import type { CalendarNow } from '../../resolvers/facts/calendar-settings.ts';
import type { Builder } from '../builder.ts';
import { costOfRow, costOfRows } from '../cost.ts';
import { COUNTED } from '../page.ts';

/** The root of the account graph, and the account's keys. */
export const addUser = (builder: Builder): void => {
  const CalendarRef = builder.objectRef<CalendarNow>('Calendar').implement({
    description:
      'How the account counts days, by its settings `timeZone`, `startOfDay` and `startOfWeek`. Ranges of `activity` ' +
      'are days of it.',
    fields: (t) => ({
      timeZone: t.exposeString('zone', {
        description: 'The zone, by its name: `Europe/Berlin`. `UTC` if none is set.',
      }),
      startOfDay: t.string({
        description: 'When a day begins by the clock on the wall: `04:00`, if nothing is set.',
        resolve: ({ startOfDayMs }) => new Date(startOfDayMs).toISOString().slice(11, 16),
      }),
      startOfWeek: t.exposeInt('startOfWeek', {
        description: 'The weekday that a week begins with, from 0 for Sunday. Monday, if nothing is set.',
      }),
      today: t.field({ type: 'Date', description: 'The day that it is now.', resolve: ({ today }) => today }),
    }),
  });
  builder.prismaObject('User', {
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The account’s id. Sync cursors are good in one account only.' }),
      email: t.exposeString('email'),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      revision: t.field({
        type: 'BigInt',
        description: 'The account’s change counter: every write raises it.',
        select: { revision: true },
        resolve: (user) => user.revision,
      }),
      calendar: t.field({
        type: CalendarRef,
        description: 'How the account counts days.',
        complexity: COUNTED,
        resolve: (_user, _args, { viewer, resolvers }) => resolvers.calendar.of(viewer()),
      }),
      exportPath: t.string({
        description:
          'Path, below this server’s address, of all buckets as one file that can be imported: GET it with ' +
          'an API key.',
        resolve: () => '/api/0/export',
      }),
      devices: t.relation('devices', {
        description: 'The account’s devices, its own among them once it holds a bucket.',
        query: { where: SHOWN, orderBy: IN_ORDER },
        complexity: (_args, { sizes }) => costOfRows(sizes.devices),
      }),
      apiKeys: t.relation('apiKeys', {
        description: 'The account’s API keys, revoked ones included.',
        query: { orderBy: { createdAt: 'asc' } },
        complexity: (_args, { sizes }) => costOfRows(sizes.keys),
      }),
    }),
  });
  const ScopeRef = builder.enumType('ApiKeyScope', {
    description: 'What an API key allows. `READ` and `PUSH` keys are not accepted yet.',
    values: {
      FULL: { value: 'full', description: 'Everything.' },
      READ: { value: 'read', description: 'Reading.' },
      PUSH: { value: 'push', description: 'Pushing what a device recorded.' },
      METRICS: { value: 'metrics', description: 'Reading `/metrics`, and nothing here.' },
    } satisfies Record<Uppercase<Scope>, { value: Scope; description: string }>,
  });
  builder.prismaObject('ApiKey', {
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
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
      revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
      device: t.relation('device', { nullable: true, complexity: costOfRow }),
    }),
  });
  builder.queryField('viewer', (t) =>
    t.prismaField({
      type: 'User',
      description: 'The account that the request’s key or session belongs to.',
      complexity: costOfRow,
      resolve: (query, _root, _args, { viewer, resolvers }) => resolvers.graph.viewer(viewer(), query),
    }),
  );
};
