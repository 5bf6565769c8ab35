import { hostname } from 'node:os';
import { Command, Option, type BaseContext } from 'clipanion';
import { readConfig, type Config, type Flags } from '../config.ts';
import type { AccountCall, AccountInput, AccountResult, Ask } from '../backend.ts';
import { whereIs } from '../storage/open.ts';
import { linkTo } from '../resolvers/links.ts';

/** What every command shares: where its settings come from. */
export abstract class ServerCommand extends Command<BaseContext> {
  config = Option.String('--config', { description: 'settings file, instead of kt-server.toml in the data folder' });
  dataDir = Option.String('--data-dir', { description: 'folder of the embedded database' });
  databaseUrl = Option.String('--database-url', { description: 'postgres://… instead of the embedded database' });

  /** The flags this command takes, by setting. */
  flags(): Flags {
    return { config: this.config, dataDir: this.dataDir, databaseUrl: this.databaseUrl };
  }

  settings(): Config {
    return readConfig(this.flags(), this.context.env);
  }

  /**
   * Does one piece of work on accounts, and says on stderr in which database: the settings that choose it are not all
   * on the command line.
   */
  async accounts<Call extends AccountCall>(call: Call, input?: AccountInput<Call>): Promise<AccountResult<Call>> {
    const config = this.settings();
    const { withAccounts } = await import('../backend.ts'); // and with it the database's driver and engine
    const result = await withAccounts(config, { hostname: hostname(), now: () => new Date() }, call, input);
    this.context.stderr.write(`Database: ${whereIs(config.databaseUrl)}\n`);
    return result;
  }

  /** Does several pieces of such work in one place, and says in which database as `accounts` does. */
  async asking(work: (ask: Ask, url: string | null) => Promise<void>): Promise<void> {
    const config = this.settings();
    const { withAsk } = await import('../backend.ts');
    await withAsk(config, { hostname: hostname(), now: () => new Date() }, work);
    this.context.stderr.write(`Database: ${whereIs(config.databaseUrl)}\n`);
  }

  /**
   * Does work that makes a link, and says in which database as `accounts` does. A link leads to the server's public
   * address, else to where the running server listens, else to where the settings let it listen.
   */
  async withLink(
    work: (ask: Ask, linkOf: (made: { readonly claim: string }) => string) => Promise<void>,
  ): Promise<void> {
    const { host, port, publicUrl } = this.settings();
    const configured = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    await this.asking((ask, running) => work(ask, (made) => linkTo(publicUrl || (running ?? configured), made)));
  }

  print(...lines: string[]): void {
    for (const line of lines) this.context.stdout.write(`${line}\n`);
  }
}
