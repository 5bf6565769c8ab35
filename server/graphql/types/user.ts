import type { Viewer } from '../../auth/viewer.ts';
import { IN_ORDER, SHOWN } from '../../resolvers/devices.ts';
import type { CalendarNow } from '../../resolvers/facts/calendar-settings.ts';
import type { Builder } from '../builder.ts';
import { costOfRow, costOfRows } from '../cost.ts';
import { COUNTED } from '../page.ts';
import type { addScope } from './api-key.ts';

/** The root of the account graph. */
export const addUser = (builder: Builder, ScopeRef: ReturnType<typeof addScope>): void => {
  const CalendarRef = builder.objectRef<CalendarNow>('Calendar').implement({
    needs: 'read',
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
  const AccessRef = builder.objectRef<Viewer>('Access').implement({
    needs: 'sync',
    description: 'How a request came in, and what it may do.',
    fields: (t) => ({
      scope: t.expose('scope', { type: ScopeRef, description: 'What it may do.' }),
      deviceId: t.exposeID('boundTo', {
        nullable: true,
        description: 'The device that its key is bound to, by the id it registered under; null for any.',
      }),
      isSession: t.boolean({
        needs: 'read',
        description: 'Whether a browser asks that is signed in.',
        resolve: ({ sessionId }) => sessionId !== null,
      }),
    }),
  });
  builder.prismaObject('User', {
    needs: 'read',
    fields: (t) => ({
      id: t.exposeID('id', {
        needs: 'sync',
        description: 'The account’s id. Sync cursors are good in one account only.',
      }),
      email: t.exposeString('email', { needs: 'sync' }),
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
      access: t.field({
        needs: 'sync',
        type: AccessRef,
        description: 'How this very request came in, and what it may do.',
        resolve: (_user, _args, { viewer }) => viewer(),
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
        needs: 'full',
        description: 'The account’s API keys, revoked ones included.',
        query: { orderBy: { createdAt: 'asc' } },
        complexity: (_args, { sizes }) => costOfRows(sizes.keys),
      }),
    }),
  });
  builder.queryField('viewer', (t) =>
    t.prismaField({
      needs: 'sync',
      type: 'User',
      description: 'The account that the request’s key or session belongs to.',
      complexity: costOfRow,
      resolve: (query, _root, _args, { viewer, resolvers }) => resolvers.graph.viewer(viewer(), query),
    }),
  );
};
