import type { ServerInfo } from '../../resolvers/info.ts';
import type { Builder } from '../builder.ts';

/** Who this server is: the only field that needs no key. */
export const addServerInfo = (builder: Builder): void => {
  const Info = builder.objectRef<ServerInfo>('ServerInfo').implement({
    needs: 'nobody',
    description: 'Who this server is.',
    fields: (t) => ({
      hostname: t.exposeString('hostname', { description: 'The machine the server runs on.' }),
      version: t.exposeString('version', {
        description: 'Its version, in the form that ActivityWatch’s own clients parse.',
      }),
      testing: t.exposeBoolean('testing', { description: 'Whether it runs in testing mode.' }),
      deviceId: t.exposeID('deviceId', {
        description: 'The server’s own device id. It stays the same across restarts.',
      }),
    }),
  });
  builder.queryField('info', (t) =>
    t.field({
      needs: 'nobody',
      type: Info,
      description: 'Who this server is. Needs no key.',
      resolve: (_root, _args, { resolvers }) => resolvers.info.get(),
    }),
  );
};
