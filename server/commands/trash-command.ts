import { Option } from 'clipanion';
import { ServerCommand } from './base.ts';

/** What the trash commands share: which user and which bucket they are about. */
export abstract class TrashCommand extends ServerCommand {
  email = Option.String('--email', { required: true, description: 'e-mail address of the account' });
  bucket = Option.String('--bucket', { description: 'only this bucket, by its name in the account’s list' });
  json = Option.Boolean('--json', false, { description: 'print JSON' });

  get place(): { email: string; bucket: string | undefined } {
    return { email: this.email, bucket: this.bucket };
  }
}

/** A number of events, for a person. */
export const someEvents = (count: number): string => `${count} ${count === 1 ? 'event' : 'events'}`;
