import { Command, Option } from 'clipanion';
import { makeLog } from '../log.ts';
import { serve, type Serving } from '../serve.ts';
import { ServerCommand } from './base.ts';

export class ServeCommand extends ServerCommand {
  static override paths = [['serve']];
  static override usage = Command.Usage({
    description: 'serve GraphQL and the ActivityWatch API (the default command)',
    examples: [
      ['Serve on this machine alone', 'kt-server'],
      ['Let other machines in', 'kt-server serve --host 0.0.0.0 --port 5700'],
      ['With aw-webui, after building it', 'kt-server --webui aw-webui/dist'],
      ['Use a PostgreSQL server', 'kt-server serve --database-url postgres://kt@localhost/kt'],
    ],
  });

  host = Option.String('--host', { description: 'address to listen on (127.0.0.1)' });
  port = Option.String('--port', { description: 'port to listen on (5700)' });

  webui = Option.String('--webui', { description: 'folder of a built aw-webui, to be served at /' });

  override flags() {
    return { ...super.flags(), host: this.host, port: this.port, webui: this.webui };
  }

  override async execute(): Promise<number> {
    const config = this.settings();
    const stopped = signalled();
    const serving = await serve(config, makeLog(config.logLevel));
    this.print(...ready(serving, config.auth));
    await stopped;
    await serving.stop();
    return 0;
  }
}

/** Ctrl-C, a closed terminal, and a service manager's stop all mean the same; a second one does not wait. */
const signalled = (): Promise<void> =>
  new Promise((resolve) => {
    let already = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (already) process.exit(130);
        already = true;
        resolve();
      });
    }
  });

/** What a person needs to know now: where it is, and the next command. The key is told only when it was just made. */
const ready = ({ url, where, firstKey }: Serving, auth: 'key' | 'none'): string[] => {
  const lines = [`kt-server is ready at ${url}`, `  Playground  ${url}/graphql`, `  Data        ${where}`];
  if (auth === 'none') lines.push('  Keys        none are asked for (KT_SERVER_AUTH=none)');
  if (firstKey) {
    lines.push(
      `  API key     ${firstKey.key}`,
      `              of ${firstKey.email}; shown this once`,
      '',
      'On each device that runs ActivityWatch, in a clone of this project:',
      `  npx kt-client setup --url ${url} --api-key ${firstKey.key}`,
    );
  } else if (auth === 'key') {
    lines.push('  Another key  npx kt-server generate-key --email owner@localhost');
  }
  return lines;
};
