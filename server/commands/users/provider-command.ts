import { parsedUrl } from '../../../domain/parsed-url.ts';
import { Option } from 'clipanion';
import { KtError } from '../../../domain/errors.ts';
import { issuerName } from '../../sign-in/oidc/settings.ts';
import { ServerCommand } from '../base.ts';

/** A command about whom a provider of OpenID Connect knows a user as. */
export abstract class ProviderCommand extends ServerCommand {
  email = Option.String({ name: 'email', required: true });
  subject = Option.String('--subject', { required: true, description: 'the provider’s id of the person (sub)' });
  issuer = Option.String('--issuer', { description: 'the provider, if not that of the settings' });

  /** Whom it is about. Fails with `invalid` where no provider is known, or its address is none. */
  whom(): { email: string; issuer: string; subject: string } {
    const issuer = this.issuer ?? this.settings().oidcIssuer;
    if (!/^https?:\/\//.test(issuer) || parsedUrl(issuer) === null)
      throw new KtError('invalid', 'which provider? Set KT_SERVER_OIDC_ISSUER, or give --issuer https://…');
    return { email: this.email, issuer: issuerName(issuer), subject: this.subject };
  }
}
