import { existsSync } from 'node:fs';
import { constants, hostname, networkInterfaces } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'clipanion';
import { selfName } from '../../cli/self-name.ts';
import { onStop } from '../../cli/stop.ts';
import { flagsInForce } from '../flags-in-force.ts';
import type { Serving } from '../serve.ts';
import { embeddedFolder } from '../storage/open.ts';
import { ServerCommand } from './base.ts';
import { welcome } from './welcome.ts';

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

  webui = Option.String('--webui', { description: 'folder of a built aw-webui, to be served at /aw/' });
  webuiAtRoot = Option.Boolean('--webui-at-root', {
    description: 'serve aw-webui at /, and the dashboard at /dashboard/',
  });

  override flags() {
    return {
      ...super.flags(),
      host: this.host,
      port: this.port,
      webui: this.webui,
      webuiAtRoot: this.webuiAtRoot ? 'yes' : undefined,
    };
  }

  override async execute(): Promise<number> {
    const config = this.settings();
    const inForce = flagsInForce(this.flags(), this.context.env);
    const starting = new AbortController();
    let started = false;
    const stopped = new Promise<NodeJS.Signals>((resolve) =>
      onStop((signal) => {
        resolve(signal);
        if (started) return;
        starting.abort();
        // Creating a new embedded database is always finished first, which takes seconds. PostgreSQL may take any
        // time, so this process ends at once; the server rolls back what was begun.
        if (embeddedFolder(config.databaseUrl) === undefined) endBy(signal);
      }),
    );
    let serving: Serving;
    try {
      const { makeLog, serve } = await server();
      serving = await serve(config, makeLog(config.logLevel, config.logFormat), starting.signal);
    } catch (error) {
      if (starting.signal.aborted) endBy(await stopped);
      throw error;
    }
    started = true;
    if (!starting.signal.aborted) {
      const place = {
        auth: config.auth,
        host: config.host,
        hostname: hostname(),
        interfaces: networkInterfaces(),
        inClone: isInClone(),
        program: program(this.context.env),
        inForce,
      };
      // A claim belongs on a screen, and where a log keeps what is printed, only beside the key that it keeps as well.
      const isSeen = (this.context.stdout as { isTTY?: boolean }).isTTY === true || serving.firstKey !== null;
      // In one write: who waits for the line that says it is ready has the key by then.
      this.print(welcome(serving, place, isSeen ? await serving.loginLink() : null).join('\n'));
    }
    await stopped;
    await serving.stop();
    return 0;
  }
}

/** All parts of a server, loaded only when one is to run: other commands, and `--version`, start faster without. */
const server = async () => ({ ...(await import('../serve.ts')), ...(await import('../log.ts')) });

/**
 * Ends this process by the signal itself, so that a shell and a service manager see what happened. Process 1, in a
 * container, does not end by a signal: it gets the exit code that a shell gives for one.
 */
const endBy = (signal: NodeJS.Signals): void => {
  if (process.pid === 1) process.exit(128 + constants.signals[signal]);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Whether `npx` finds the programs from the current folder: npm does so only inside of their clone; elsewhere it would
 * ask its registry.
 */
const isInClone = (): boolean =>
  existsSync(join(ROOT, 'package-lock.json')) && !relative(ROOT, process.cwd()).startsWith('..');

/** How kt-server is run from here. */
const program = (env: NodeJS.ProcessEnv): string =>
  isInClone() ? 'npx kt-server' : selfName('kt-server', join(ROOT, 'server', 'bin.js'), env);
