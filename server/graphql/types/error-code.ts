import type { ErrorCode } from '../../../domain/errors.ts';
import type { Builder } from '../builder.ts';

const DESCRIPTIONS: Record<ErrorCode, string> = {
  invalid: 'The request is not valid.',
  malformed: 'A value does not have the required form.',
  unauthenticated: 'The request has no API key, or one that is not valid.',
  forbidden: 'The API key does not allow this.',
  not_found: 'The account has nothing with that name or id.',
  conflict: 'What is stored does not allow this change.',
  device_in_use: 'The device has begun another pass since, or it has to be decided which device this is.',
  resync_required: 'The cursor is not one of this account: begin again without it.',
  too_large: 'The request, or its answer, is larger than a limit allows.',
  unsupported: 'The server does not know what the document asks for, or the media type of the body.',
  moved: 'The account was moved to another server: `extensions.url` says which.',
  rate_limited: 'Too many requests at once: ask again in a moment.',
  unavailable: 'The database does not answer: ask again in a moment.',
  internal: 'Something went wrong inside the server, and its log says what.',
};

/** The codes of domain/errors.ts, in capitals. */
export const addErrorCode = (builder: Builder) =>
  builder.enumType('ErrorCode', {
    description: 'What went wrong, for programs. Every error has one as its `extensions.code`.',
    values: Object.fromEntries(
      (Object.entries(DESCRIPTIONS) as [ErrorCode, string][]).map(([value, description]) => [
        value.toUpperCase() as Uppercase<ErrorCode>,
        { value, description },
      ]),
    ) as Record<Uppercase<ErrorCode>, { value: ErrorCode; description: string }>,
  });
