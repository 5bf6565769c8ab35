import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A whole number of any size, in decimal as text: `"-9007199254740993"`. On input a JSON number below 2^53 too. */
  BigInt: { input: string; output: string; }
  /** A day in UTC: `2024-05-31`. */
  Date: { input: string; output: string; }
  /** RFC 3339 in UTC, with 0, 3 or 6 fractional digits as needed: `2024-05-31T09:30:00.123456Z`. On input any offset, but there must be one. */
  DateTime: { input: string; output: string; }
  /** A column of whole numbers, as one value: a list in JSON, of numbers, and beyond 2^53 of decimal text. */
  Integers: { input: readonly (number | string)[]; output: unknown; }
  /** Any JSON value. */
  JSON: { input: { [key: string]: unknown }; output: unknown; }
};

/** What is to be counted alone: what has one of each list that is given. An empty text stands for none as well. */
export type ActivityFilterInput = {
  /** Applications. */
  apps?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Whole names of categories, from the root down. Without one: `["Uncategorized"]`. */
  categories?: InputMaybe<Array<Array<Scalars['String']['input']>>>;
  /** Domains. */
  domains?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Titles. */
  titles?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Addresses. */
  urls?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** What an API key allows. */
export type ApiKeyScope =
  /** Everything in its account. */
  | 'FULL'
  /** Reading `/metrics`, and nothing here. */
  | 'METRICS'
  /** The sync of one device, and nothing else. */
  | 'PUSH'
  /** Every question but those about keys and browsers, and no change. */
  | 'READ';

/** A rule of the setting `classes`, as it is tried out. Its colour and score decide nothing. */
export type CategoryRuleInput = {
  /** Whether upper and lower case are the same; not unless said. */
  ignoreCase?: InputMaybe<Scalars['Boolean']['input']>;
  /** The category, from the root down. */
  name: Array<Scalars['String']['input']>;
  /** The rule of the highest wins, the later one among equals; left out: ten for each level of `name`. */
  priority?: InputMaybe<Scalars['Int']['input']>;
  /** What is searched for; left out: a category without a rule of its own. */
  regex?: InputMaybe<Scalars['String']['input']>;
  /** The keys of the data that are searched; left out: all. */
  selectKeys?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** A bucket to compare, and where the walk through it goes on. */
export type CompareBucketInput = {
  /** The walk goes on below this day; left out, it begins with the newest. */
  beforeDay?: InputMaybe<Scalars['Date']['input']>;
  /** Its id on its device. */
  bucketId: Scalars['String']['input'];
  /** Its device, by the id it registered under; left out for the one that registers. */
  deviceId?: InputMaybe<Scalars['ID']['input']>;
};

/** What a pass compares: the newest days of buckets, and in their order a walk through them. */
export type CompareInput = {
  /** The buckets, at most 500, the one where the walk goes on first. */
  buckets: Array<CompareBucketInput>;
  /** About how many events the walk may take, over all buckets; a day is not cut. */
  maxEvents: Scalars['Int']['input'];
  /** What ends after this, and before `movingTo`, still moves: it is left out. */
  movingFrom: Scalars['DateTime']['input'];
  /** The end of what moves. */
  movingTo: Scalars['DateTime']['input'];
  /** The first of the newest days. */
  sinceDay: Scalars['Date']['input'];
};

/** How several devices are counted. */
export type CountMode =
  /** Each device for itself. */
  | 'SUM'
  /** At each instant one device at most: the sum is never more than the time of the clock. */
  | 'UNION';

/** A key to make. It has no more than the key by which it is made. */
export type CreateApiKeyInput = {
  /** The device to bind it to, by the id it registered under. A key of scope `PUSH` without one is bound to the first that it registers. */
  deviceId?: InputMaybe<Scalars['ID']['input']>;
  /** When it is to expire; left out: with the key by which it is made, if that does, else never. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** What it is for: at most 100 characters. */
  name: Scalars['String']['input'];
  /** What it allows. `METRICS` is `FORBIDDEN`: the operator makes such a key on the server. */
  scope: ApiKeyScope;
};

/** A bucket to be created. */
export type CreateBucketInput = {
  /** Its id on its device, and in the account’s list unless another bucket has it there. */
  bucketId: Scalars['String']['input'];
  /** The program that writes its events. */
  client: Scalars['String']['input'];
  /** When it was created; now by default. */
  created?: InputMaybe<Scalars['DateTime']['input']>;
  /** Further data about the bucket: an object. */
  data?: InputMaybe<Scalars['JSON']['input']>;
  /** The host it is recorded on; `!local` for the server itself. */
  hostname: Scalars['String']['input'];
  /** What its events are, like `currentwindow`. */
  type: Scalars['String']['input'];
};

/** The confirmation. */
export type DeleteAccountInput = {
  /** The address of the account, typed. */
  email: Scalars['String']['input'];
};

/** A bucket to be deleted. */
export type DeleteBucketInput = {
  /** Its `id`. */
  id: Scalars['ID']['input'];
};

/** One event of one bucket. */
export type DeleteEventInput = {
  /** The event. */
  id: Scalars['ID']['input'];
  /** The bucket, by its `id`. */
  publicBucketId: Scalars['ID']['input'];
};

/** Whose account is to go. */
export type DeletePersonInput = {
  /** Its address, typed. */
  email: Scalars['String']['input'];
  /** The account’s id. */
  id: Scalars['ID']['input'];
};

/** A setting to be removed. */
export type DeleteSettingInput = {
  /** Its key. */
  key: Scalars['String']['input'];
};

/** A UTC day that differs with nothing a pass can do about it. */
export type DifferingDayInput = {
  /** The day. */
  day: Scalars['Date']['input'];
  /** How many events of it the device has. */
  deviceEventCount: Scalars['Int']['input'];
  /** How many the server has. */
  serverEventCount: Scalars['Int']['input'];
};

/** What rows are told apart by. */
export type Dimension =
  /** The application. */
  | 'APP'
  /** The category by the rules of the setting `classes`, as `categorize` finds it. */
  | 'CATEGORY'
  /** The device. */
  | 'DEVICE'
  /** The domain of a browser’s tab. */
  | 'DOMAIN'
  /** The title of the window; of the tab, together with `DOMAIN` or `URL`. */
  | 'TITLE'
  /** The address of a browser’s tab. */
  | 'URL';

/** An identity to disconnect. */
export type DisconnectIdentityInput = {
  /** Its `id`. */
  id: Scalars['ID']['input'];
};

/** UTC days that were found equal. */
export type EqualDaysInput = {
  /** The first; left out: from the oldest event on. */
  firstDay?: InputMaybe<Scalars['Date']['input']>;
  /** The last, which belongs to them. */
  lastDay: Scalars['Date']['input'];
  /** As of when. */
  provenAt: Scalars['DateTime']['input'];
};

/** What went wrong, for programs. Every error has one as its `extensions.code`. */
export type ErrorCode =
  /** What is stored does not allow this change. */
  | 'CONFLICT'
  /** The device has begun another pass since, or it has to be decided which device this is. */
  | 'DEVICE_IN_USE'
  /** The API key does not allow this. */
  | 'FORBIDDEN'
  /** Something went wrong inside the server, and its log says what. */
  | 'INTERNAL'
  /** The request is not valid. */
  | 'INVALID'
  /** A value does not have the required form. */
  | 'MALFORMED'
  /** The account was moved to another server: `extensions.url` says which. */
  | 'MOVED'
  /** The account has nothing with that name or id. */
  | 'NOT_FOUND'
  /** Too many requests at once: ask again in a moment. */
  | 'RATE_LIMITED'
  /** The cursor is not one of this account: begin again without it. */
  | 'RESYNC_REQUIRED'
  /** The request, or its answer, is larger than a limit allows. */
  | 'TOO_LARGE'
  /** The request has no API key, or one that is not valid. */
  | 'UNAUTHENTICATED'
  /** The database does not answer: ask again in a moment. */
  | 'UNAVAILABLE'
  /** The server does not know what the document asks for, or the media type of the body. */
  | 'UNSUPPORTED';

/** Events as the device’s own aw-server holds them, in columns of one length: the first event has the first value of each. An event that can’t be stored is among the `rejections`; columns that don’t fit are `MALFORMED`. */
export type EventColumnsInput = {
  /** The distinct data, each an object. */
  data: Array<Scalars['JSON']['input']>;
  /** What happened in each: the place of its data in `data`, from 0. */
  dataIndex: Scalars['Integers']['input'];
  /** How long they lasted, in nanoseconds. */
  durations: Scalars['Integers']['input'];
  /** Their ids in that aw-server. */
  sourceIds: Scalars['Integers']['input'];
  /** When they began: in microseconds since 1970-01-01T00:00:00Z. */
  starts: Scalars['Integers']['input'];
};

/** An event to be stored. */
export type EventInput = {
  /** What it was: an object. */
  data: Scalars['JSON']['input'];
  /** How long it lasted, in seconds. */
  duration?: InputMaybe<Scalars['Float']['input']>;
  /** The id of an event of the same bucket, which it then replaces. Any other id is not kept. */
  id?: InputMaybe<Scalars['ID']['input']>;
  /** When it began. */
  timestamp: Scalars['DateTime']['input'];
};

/** How finely time is divided. */
export type Grain =
  /** Each day, from the setting `startOfDay` on. */
  | 'DAY'
  /** Each hour of the clock on the wall. */
  | 'HOUR'
  /** Each month. */
  | 'MONTH'
  /** The whole range at once. */
  | 'NONE'
  /** Each week, from the setting `startOfWeek` on. */
  | 'WEEK'
  /** Each year. */
  | 'YEAR';

/** A heartbeat for one bucket. */
export type HeartbeatInput = {
  /** The heartbeat. */
  event: EventInput;
  /** The bucket, by its `id`. */
  publicBucketId: Scalars['ID']['input'];
  /** How long after the last event’s end a beat still continues it, in seconds. */
  pulsetime: Scalars['Float']['input'];
};

/** A bucket elsewhere, to compare with. */
export type HistoryInput = {
  /** Its id there. */
  bucketId: Scalars['String']['input'];
  /** Marks of its newest events, as `History` has them: at most 20. */
  newest?: InputMaybe<Array<Scalars['String']['input']>>;
  /** The same of events spread over its history. */
  spread?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Its type. */
  type: Scalars['String']['input'];
};

/** Events for one bucket. */
export type InsertEventsInput = {
  /** The events, in any order. */
  events: Array<EventInput>;
  /** The bucket, by its `id`. */
  publicBucketId: Scalars['ID']['input'];
};

/** Who is to be let in. */
export type InviteInput = {
  /** Their e-mail address: it names the account. Nothing is sent. */
  email: Scalars['String']['input'];
  /** Whether they are to administer the server, too; not unless said. */
  isAdmin?: InputMaybe<Scalars['Boolean']['input']>;
};

/** What a lane shows. */
export type LaneKind =
  /** The tab of a browser while that was the active window. */
  | 'BROWSER'
  /** The window’s category: values are places in `categoryNames`. Of all devices as one alone. */
  | 'CATEGORY'
  /** When somebody was there: by input, and without a bucket of AFK by windows. All values are 0. */
  | 'PRESENCE'
  /** The active window while somebody was there. */
  | 'WINDOW';

/** What happened. */
export type LogKind =
  /** Who administers the server deleted an account. */
  | 'ACCOUNT_DELETED'
  /** Somebody administers the server from then on. */
  | 'ADMIN_SET'
  /** Somebody does so no more. */
  | 'ADMIN_UNSET'
  /** A bucket was deleted. */
  | 'BUCKET_DELETED'
  /** A sign-in at a provider of OpenID Connect was connected. */
  | 'CONNECTED'
  /** A device registered for the first time. */
  | 'DEVICE_REGISTERED'
  /** A sign-in at a provider was disconnected, and the browsers that it signed in were signed out. */
  | 'DISCONNECTED'
  /** Buckets were exported. */
  | 'EXPORTED'
  /** An invitation was withdrawn. */
  | 'INVITATION_WITHDRAWN'
  /** Somebody was invited: who it is about, and who did it. */
  | 'INVITED'
  /** An API key was made. */
  | 'KEY_MADE'
  /** An API key was revoked. */
  | 'KEY_REVOKED'
  /** A link to sign in with was made on the server. */
  | 'LINK_MADE'
  /** A passkey was added. */
  | 'PASSKEY_ADDED'
  /** A passkey was removed, and the browsers that it signed in were signed out. */
  | 'PASSKEY_REMOVED'
  /** Somebody with a key or a session of the account was refused; once an hour for the same reason and address. */
  | 'REFUSED'
  /** A browser signed in. */
  | 'SIGNED_IN'
  /** Browsers were signed out. */
  | 'SIGNED_OUT';

/** How the last pass that compared left a bucket. */
export type ProofOutcome =
  /** It could not be read or written; the next pass tries again. */
  | 'FAILED'
  /** It differs, and no pass will fix that by itself. */
  | 'HELD'
  /** Nothing is known to differ. */
  | 'IN_STEP';

/** What a device knows of its buckets, by its own clock. */
export type ProofReportInput = {
  /** The account that was compared with; dropped for any other. */
  accountId: Scalars['ID']['input'];
  /** Its own and its copies, at most 500. */
  buckets: Array<ProvenBucketInput>;
  /** When the last pass that compared began. */
  passAt: Scalars['DateTime']['input'];
  /** The account’s revision then. */
  revision: Scalars['BigInt']['input'];
};

/** What is known of a bucket on a device. */
export type ProofState =
  /** Some days differ, and no pass can do anything about it: rows that only one side can hold. */
  | 'DIFFERS'
  /** All of it was found equal, as of `provenAt`. */
  | 'EQUAL'
  /** The last pass could not read or write it; the next one tries again. */
  | 'FAILED'
  /** It differs, and no pass will fix that by itself: see `reason`. */
  | 'HELD'
  /** Not all of it was found equal yet: `stretches` says what was. */
  | 'PARTIAL'
  /** The device told nothing of it. */
  | 'UNREPORTED';

/** A bucket that the device compares. */
export type ProvenBucketInput = {
  /** Its id on its device. */
  bucketId: Scalars['String']['input'];
  /** How many events the device counted; left out where it did not. */
  deviceEventCount?: InputMaybe<Scalars['Int']['input']>;
  /** Its device, by the id it registered under; left out for the one that registers. */
  deviceId?: InputMaybe<Scalars['ID']['input']>;
  /** Its days that differ: at most 100. */
  differing: Array<DifferingDayInput>;
  /** How the pass left it. */
  outcome: ProofOutcome;
  /** When the walk began that found all of it equal. */
  provenAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Why, unless it is in step; at most 500 characters. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** What the last repair wrote. */
  repair?: InputMaybe<RepairInput>;
  /** How many the server had then, of those the device pushes. */
  serverEventCount?: InputMaybe<Scalars['Int']['input']>;
  /** Its equal days: at most two stretches. */
  stretches: Array<EqualDaysInput>;
};

/** A bucket of the device: its properties, and some of its events. */
export type PushBucketInput = {
  /** Its id on the device. */
  bucketId: Scalars['String']['input'];
  /** The program that writes its events. */
  client: Scalars['String']['input'];
  /** Days to compare once these are stored. */
  compare?: InputMaybe<PushCompareInput>;
  /** When it was created, as its aw-server gives it: RFC 3339 with an offset. A wrong value is reported as the bucket’s error. */
  created?: InputMaybe<Scalars['String']['input']>;
  /** Further data about the bucket: an object. */
  data?: InputMaybe<Scalars['JSON']['input']>;
  /** Events that the device no longer has. */
  deletes?: InputMaybe<Array<PushDeleteInput>>;
  /** Its epoch as the server told it, or that + 1, which begins a new one. For a bucket the server doesn’t know: 1. */
  epoch: Scalars['Int']['input'];
  /** The events. Of equal source ids the last counts. */
  events: EventColumnsInput;
  /** Its hostname, as the watcher gave it. */
  hostname: Scalars['String']['input'];
  /** Where the push stands once these are stored. Without it, it stays where it is. */
  pushCursor?: InputMaybe<PushCursorInput>;
  /** For a bucket that the device has not pushed yet: the imported one that becomes it. */
  takeOver?: InputMaybe<TakeOverInput>;
  /** Its type. */
  type: Scalars['String']['input'];
};

/** Days to compare once a push is stored. */
export type PushCompareInput = {
  /** The days, at most 20. */
  days: Array<Scalars['Date']['input']>;
  /** What ends after this, and before `movingTo`, still moves: it is left out. */
  movingFrom: Scalars['DateTime']['input'];
  /** The end of what moves. */
  movingTo: Scalars['DateTime']['input'];
};

/** How far a bucket was pushed, in whole milliseconds. */
export type PushCursorInput = {
  /** Everything that starts at this time or later was sent; leave it out once the whole bucket was. */
  foot?: InputMaybe<Scalars['DateTime']['input']>;
  /** The newest start sent. Kept no later than the server’s clock. */
  head: Scalars['DateTime']['input'];
};

/** An event that the device no longer has. The row goes only if it still is what the device thinks it is. */
export type PushDeleteInput = {
  /** The content hash of the row that is meant, as `sources` tells it. */
  hash: Scalars['BigInt']['input'];
  /** The id it had. */
  sourceId: Scalars['ID']['input'];
};

/** What a device recorded, of several buckets. */
export type PushEventsInput = {
  /** The buckets: at most 5,000 events and deletions in all. */
  buckets: Array<PushBucketInput>;
  /** The device, by the id it registered under. */
  deviceId: Scalars['ID']['input'];
  /** The pass that is on, as `registerDevice` began it. */
  pass: Scalars['Int']['input'];
};

/** Days of the account: of the zone in the setting `timeZone` (UTC if it has none), from the time of day in the setting `startOfDay` on (04:00), to the quarter of an hour. */
export type RangeInput = {
  /** The first day. */
  first: Scalars['Date']['input'];
  /** The last day, which belongs to it. */
  last: Scalars['Date']['input'];
};

/** A device that a client without state turned out to be. */
export type ReclaimDeviceInput = {
  /** The id that it registered under. */
  deviceId: Scalars['ID']['input'];
};

/** A device, and the pass that begins. */
export type RegisterDeviceInput = {
  /** Its aw-server’s `device_id`, by which a client that lost its state finds itself again. */
  awDeviceId?: InputMaybe<Scalars['String']['input']>;
  /** The ids of the device’s own buckets, to be told which of them were imported here before. */
  bucketIds?: InputMaybe<Array<Scalars['String']['input']>>;
  /** What this pass compares; nothing where left out. */
  compare?: InputMaybe<CompareInput>;
  /** The id that the device generated for itself, and keeps. Not aw-server’s `device_id`. */
  deviceId: Scalars['ID']['input'];
  /** What the device calls itself now. */
  hostname: Scalars['String']['input'];
  /** Random text for this pass: the same number with the same nonce is the same request repeated. */
  nonce?: InputMaybe<Scalars['String']['input']>;
  /** The number of the pass that begins: the last one + 1. Without it the device is registered, and no pass begins. */
  pass?: InputMaybe<Scalars['Int']['input']>;
  /** What the device knows of its buckets so far. */
  proof?: InputMaybe<ProofReportInput>;
};

/** A passkey to remove. */
export type RemovePasskeyInput = {
  /** Its `id`. */
  id: Scalars['ID']['input'];
};

/** A device, and what it is to be called. */
export type RenameDeviceInput = {
  /** The id that it registered under. */
  deviceId: Scalars['ID']['input'];
  /** The name; null or left out: its hostname again. */
  label?: InputMaybe<Scalars['String']['input']>;
};

/** A passkey and its name. */
export type RenamePasskeyInput = {
  /** Its `id`. */
  id: Scalars['ID']['input'];
  /** The name: 1 to 100 characters. */
  name: Scalars['String']['input'];
};

/** The last repair that wrote something, on either side. */
export type RepairInput = {
  /** When its pass began. */
  at: Scalars['DateTime']['input'];
  /** How many events. */
  deleted: Scalars['Int']['input'];
  /** How many events. */
  inserted: Scalars['Int']['input'];
  /** How many events. */
  updated: Scalars['Int']['input'];
};

/** What is to be put back. */
export type RestoreEventsInput = {
  /** The events, by the ids that `trash` lists, at most 5,000. Without it, all. */
  eventIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** The bucket, by its `id`. */
  publicBucketId: Scalars['ID']['input'];
};

/** Which browsers to sign out. */
export type RevokeAllSessionsInput = {
  /** Whether the session that this request is by goes on. False if not said. */
  exceptCurrent?: InputMaybe<Scalars['Boolean']['input']>;
};

/** A key to revoke. */
export type RevokeApiKeyInput = {
  /** Its `id`. */
  id: Scalars['ID']['input'];
};

/** A browser to sign out. */
export type RevokeSessionInput = {
  /** Its session. */
  id: Scalars['ID']['input'];
};

/** Who is to administer the server, or not any more. */
export type SetAdminInput = {
  /** The account’s id. */
  id: Scalars['ID']['input'];
  /** Whether they do from now on. */
  isAdmin: Scalars['Boolean']['input'];
};

/** A setting to be stored. */
export type SetSettingInput = {
  /** Its key, 1 to 127 bytes of UTF-8. */
  key: Scalars['String']['input'];
  /** The value: any JSON, null too. It is required. */
  value?: InputMaybe<Scalars['JSON']['input']>;
};

/** How somebody signed in. */
export type SignInWay =
  /** A device, by a code that a person approved: it got a key. */
  | 'DEVICE'
  /** By an API key. */
  | 'KEY'
  /** By a link that was made on the server. */
  | 'LINK'
  /** By a passkey. */
  | 'PASSKEY'
  /** By a provider of OpenID Connect. */
  | 'PROVIDER'
  /** By a header of a trusted proxy. */
  | 'PROXY';

/** A bucket that imports made of the history that is pushed. The server looks again whether it is; if not, the device gets a bucket of its own. */
export type TakeOverInput = {
  /** The marks of the imported bucket that the device’s own has too. */
  held: Array<Scalars['String']['input']>;
  /** Marks of the device’s 20 newest events, as `ImportedBucket` has them. */
  newest: Array<Scalars['String']['input']>;
  /** Its `id`, as `registerDevice` told it among the imported ones. */
  publicBucketId: Scalars['ID']['input'];
  /** The same of 20 spread over the history. */
  spread: Array<Scalars['String']['input']>;
};

/** An invitation to withdraw. */
export type WithdrawInvitationInput = {
  /** The account’s id. */
  id: Scalars['ID']['input'];
};

export type InfoQueryVariables = Exact<{ [key: string]: never; }>;


export type InfoQuery = { info: { hostname: string, version: string, deviceId: string } };

export type AccessQueryVariables = Exact<{ [key: string]: never; }>;


export type AccessQuery = { viewer: { email: string, access: { scope: ApiKeyScope, deviceId: string | null } } };

export type KeysQueryVariables = Exact<{ [key: string]: never; }>;


export type KeysQuery = { viewer: { email: string, apiKeys: Array<{ prefix: string, scope: ApiKeyScope | null }> } };

export type AccountQueryVariables = Exact<{ [key: string]: never; }>;


export type AccountQuery = { viewer: { id: string } };

export type RevisionSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type RevisionSubscription = { revision: string };

export type DevicesQueryVariables = Exact<{ [key: string]: never; }>;


export type DevicesQuery = { devices: Array<{ deviceId: string, hostname: string, awDeviceId: string | null, pass: number, lastSyncAt: string | null }> };

export type BucketFactsFragment = { id: string, bucketId: string, type: string, client: string, hostname: string, created: string, data: unknown, device: { deviceId: string, hostname: string }, former: { deviceId: string, bucketId: string } | null };

export type BucketsQueryVariables = Exact<{ [key: string]: never; }>;


export type BucketsQuery = { buckets: Array<{ eventCount: number, pushedCount: number, firstEventAt: string | null, lastEventAt: string | null, id: string, bucketId: string, type: string, client: string, hostname: string, created: string, data: unknown, device: { deviceId: string, hostname: string }, former: { deviceId: string, bucketId: string } | null }> };

export type FactsQueryVariables = Exact<{ [key: string]: never; }>;


export type FactsQuery = { buckets: Array<{ id: string, bucketId: string, type: string, client: string, hostname: string, created: string, data: unknown, device: { deviceId: string, hostname: string }, former: { deviceId: string, bucketId: string } | null }> };

export type DigestQueryVariables = Exact<{
  bucket: Scalars['ID']['input'];
}>;


export type DigestQuery = { bucket: { digest: Array<{ day: string, eventCount: number, hash: string, pushedCount: number, pushedHash: string }> } | null };

export type TrashedLastDayQueryVariables = Exact<{
  bucket: Scalars['ID']['input'];
}>;


export type TrashedLastDayQuery = { bucket: { trashedLastDay: number } | null };

export type SourcesQueryVariables = Exact<{
  bucket: Scalars['ID']['input'];
  day: Scalars['Date']['input'];
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['ID']['input']>;
}>;


export type SourcesQuery = { bucket: { sources: Array<{ sourceId: string, hash: string }> } | null };

export type InstantsNowFragment = { starts: unknown, durations: unknown, dataIndex: unknown, data: Array<unknown>, gone: unknown };

export type InstantsQueryVariables = Exact<{
  bucket: Scalars['ID']['input'];
  day: Scalars['Date']['input'];
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['DateTime']['input']>;
}>;


export type InstantsQuery = { bucket: { instants: { starts: unknown, durations: unknown, dataIndex: unknown, data: Array<unknown>, gone: unknown } } | null };

export type NamesakesQueryVariables = Exact<{
  buckets: Array<HistoryInput> | HistoryInput;
  after?: InputMaybe<Scalars['ID']['input']>;
}>;


export type NamesakesQuery = { histories: Array<{ id: string, bucketId: string, type: string, deviceId: string }> };

export type HistoriesQueryVariables = Exact<{
  buckets: Array<HistoryInput> | HistoryInput;
  after?: InputMaybe<Scalars['ID']['input']>;
}>;


export type HistoriesQuery = { histories: Array<{ id: string, bucketId: string, type: string, deviceId: string, newest: Array<string>, spread: Array<string>, isSame: boolean }> };

export type ReclaimDeviceMutationVariables = Exact<{
  input: ReclaimDeviceInput;
}>;


export type ReclaimDeviceMutation = { reclaimDevice: { device: { deviceId: string, pass: number } } };

export type SumsFragment = { days: Array<string>, eventCounts: Array<number>, hashes: Array<string> };

export type RegisterDeviceMutationVariables = Exact<{
  input: RegisterDeviceInput;
}>;


export type RegisterDeviceMutation = { registerDevice: { accountId: string, revision: string, device: { id: string }, pushed: Array<{ bucketId: string, epoch: number, count: number, created: string | null, pushCursor: { head: string, foot: string | null } | null, witnesses: Array<{ sourceId: string, at: string, dataHash: string | null }>, former: { deviceId: string, bucketId: string } | null }>, imported: Array<{ id: string, bucketId: string, type: string, newest: Array<string>, spread: Array<string> }>, compared: Array<{ id: string, bucketId: string, deviceId: string, firstDay: string | null, recent: { days: Array<string>, eventCounts: Array<number>, hashes: Array<string> } | null, span: { fromDay: string | null, sums: { days: Array<string>, eventCounts: Array<number>, hashes: Array<string> } } | null }> } };

export type PushEventsMutationVariables = Exact<{
  input: PushEventsInput;
}>;


export type PushEventsMutation = { pushEvents: { revision: string, results: Array<{ bucketId: string, epoch: number, count: number, inserted: number, updated: number, unchanged: number, deleted: number, comparedDays: { days: Array<string>, eventCounts: Array<number>, hashes: Array<string> } | null, pushCursor: { head: string, foot: string | null } | null, error: { code: ErrorCode, message: string } | null, rejections: Array<{ sourceId: string, reason: string }> }> } };

export type ChangesQueryVariables = Exact<{
  after?: InputMaybe<Scalars['BigInt']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  excludeDeviceId?: InputMaybe<Scalars['ID']['input']>;
  rest?: InputMaybe<Scalars['String']['input']>;
}>;


export type ChangesQuery = { changes: { revision: string, more: boolean, rest: string | null, accountId: string, changedBuckets: Array<{ bucket: { id: string, bucketId: string, type: string, client: string, hostname: string, created: string, data: unknown, device: { deviceId: string, hostname: string }, former: { deviceId: string, bucketId: string } | null }, instants: { starts: unknown, durations: unknown, dataIndex: unknown, data: Array<unknown>, gone: unknown } }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const BucketFactsFragmentDoc = new TypedDocumentString(`
    fragment BucketFacts on Bucket {
  id
  bucketId
  type
  client
  hostname
  created
  data
  device {
    deviceId
    hostname
  }
  former {
    deviceId
    bucketId
  }
}
    `, {"fragmentName":"BucketFacts"}) as unknown as TypedDocumentString<BucketFactsFragment, unknown>;
export const InstantsNowFragmentDoc = new TypedDocumentString(`
    fragment InstantsNow on Instants {
  starts
  durations
  dataIndex
  data
  gone
}
    `, {"fragmentName":"InstantsNow"}) as unknown as TypedDocumentString<InstantsNowFragment, unknown>;
export const SumsFragmentDoc = new TypedDocumentString(`
    fragment Sums on DaySums {
  days
  eventCounts
  hashes
}
    `, {"fragmentName":"Sums"}) as unknown as TypedDocumentString<SumsFragment, unknown>;
export const InfoDocument = new TypedDocumentString(`
    query Info {
  info {
    hostname
    version
    deviceId
  }
}
    `) as unknown as TypedDocumentString<InfoQuery, InfoQueryVariables>;
export const AccessDocument = new TypedDocumentString(`
    query Access {
  viewer {
    email
    access {
      scope
      deviceId
    }
  }
}
    `) as unknown as TypedDocumentString<AccessQuery, AccessQueryVariables>;
export const KeysDocument = new TypedDocumentString(`
    query Keys {
  viewer {
    email
    apiKeys {
      prefix
      scope
    }
  }
}
    `) as unknown as TypedDocumentString<KeysQuery, KeysQueryVariables>;
export const AccountDocument = new TypedDocumentString(`
    query Account {
  viewer {
    id
  }
}
    `) as unknown as TypedDocumentString<AccountQuery, AccountQueryVariables>;
export const RevisionDocument = new TypedDocumentString(`
    subscription Revision {
  revision
}
    `) as unknown as TypedDocumentString<RevisionSubscription, RevisionSubscriptionVariables>;
export const DevicesDocument = new TypedDocumentString(`
    query Devices {
  devices {
    deviceId
    hostname
    awDeviceId
    pass
    lastSyncAt
  }
}
    `) as unknown as TypedDocumentString<DevicesQuery, DevicesQueryVariables>;
export const BucketsDocument = new TypedDocumentString(`
    query Buckets {
  buckets {
    ...BucketFacts
    eventCount
    pushedCount
    firstEventAt
    lastEventAt
  }
}
    fragment BucketFacts on Bucket {
  id
  bucketId
  type
  client
  hostname
  created
  data
  device {
    deviceId
    hostname
  }
  former {
    deviceId
    bucketId
  }
}`) as unknown as TypedDocumentString<BucketsQuery, BucketsQueryVariables>;
export const FactsDocument = new TypedDocumentString(`
    query Facts {
  buckets {
    ...BucketFacts
  }
}
    fragment BucketFacts on Bucket {
  id
  bucketId
  type
  client
  hostname
  created
  data
  device {
    deviceId
    hostname
  }
  former {
    deviceId
    bucketId
  }
}`) as unknown as TypedDocumentString<FactsQuery, FactsQueryVariables>;
export const DigestDocument = new TypedDocumentString(`
    query Digest($bucket: ID!) {
  bucket(id: $bucket) {
    digest {
      day
      eventCount
      hash
      pushedCount
      pushedHash
    }
  }
}
    `) as unknown as TypedDocumentString<DigestQuery, DigestQueryVariables>;
export const TrashedLastDayDocument = new TypedDocumentString(`
    query TrashedLastDay($bucket: ID!) {
  bucket(id: $bucket) {
    trashedLastDay
  }
}
    `) as unknown as TypedDocumentString<TrashedLastDayQuery, TrashedLastDayQueryVariables>;
export const SourcesDocument = new TypedDocumentString(`
    query Sources($bucket: ID!, $day: Date!, $first: Int!, $after: ID) {
  bucket(id: $bucket) {
    sources(day: $day, first: $first, after: $after) {
      sourceId
      hash
    }
  }
}
    `) as unknown as TypedDocumentString<SourcesQuery, SourcesQueryVariables>;
export const InstantsDocument = new TypedDocumentString(`
    query Instants($bucket: ID!, $day: Date!, $first: Int!, $after: DateTime) {
  bucket(id: $bucket) {
    instants(day: $day, first: $first, after: $after) {
      ...InstantsNow
    }
  }
}
    fragment InstantsNow on Instants {
  starts
  durations
  dataIndex
  data
  gone
}`) as unknown as TypedDocumentString<InstantsQuery, InstantsQueryVariables>;
export const NamesakesDocument = new TypedDocumentString(`
    query Namesakes($buckets: [HistoryInput!]!, $after: ID) {
  histories(buckets: $buckets, first: 1000, after: $after) {
    id
    bucketId
    type
    deviceId
  }
}
    `) as unknown as TypedDocumentString<NamesakesQuery, NamesakesQueryVariables>;
export const HistoriesDocument = new TypedDocumentString(`
    query Histories($buckets: [HistoryInput!]!, $after: ID) {
  histories(buckets: $buckets, first: 20, after: $after) {
    id
    bucketId
    type
    deviceId
    newest
    spread
    isSame
  }
}
    `) as unknown as TypedDocumentString<HistoriesQuery, HistoriesQueryVariables>;
export const ReclaimDeviceDocument = new TypedDocumentString(`
    mutation ReclaimDevice($input: ReclaimDeviceInput!) {
  reclaimDevice(input: $input) {
    device {
      deviceId
      pass
    }
  }
}
    `) as unknown as TypedDocumentString<ReclaimDeviceMutation, ReclaimDeviceMutationVariables>;
export const RegisterDeviceDocument = new TypedDocumentString(`
    mutation RegisterDevice($input: RegisterDeviceInput!) {
  registerDevice(input: $input) {
    accountId
    revision
    device {
      id
    }
    pushed {
      bucketId
      epoch
      count
      created
      pushCursor {
        head
        foot
      }
      witnesses {
        sourceId
        at
        dataHash
      }
      former {
        deviceId
        bucketId
      }
    }
    imported {
      id
      bucketId
      type
      newest
      spread
    }
    compared {
      id
      bucketId
      deviceId
      firstDay
      recent {
        ...Sums
      }
      span {
        fromDay
        sums {
          ...Sums
        }
      }
    }
  }
}
    fragment Sums on DaySums {
  days
  eventCounts
  hashes
}`) as unknown as TypedDocumentString<RegisterDeviceMutation, RegisterDeviceMutationVariables>;
export const PushEventsDocument = new TypedDocumentString(`
    mutation PushEvents($input: PushEventsInput!) {
  pushEvents(input: $input) {
    revision
    results {
      bucketId
      epoch
      count
      inserted
      updated
      unchanged
      deleted
      comparedDays {
        ...Sums
      }
      pushCursor {
        head
        foot
      }
      error {
        code
        message
      }
      rejections {
        sourceId
        reason
      }
    }
  }
}
    fragment Sums on DaySums {
  days
  eventCounts
  hashes
}`) as unknown as TypedDocumentString<PushEventsMutation, PushEventsMutationVariables>;
export const ChangesDocument = new TypedDocumentString(`
    query Changes($after: BigInt, $first: Int, $excludeDeviceId: ID, $rest: String) {
  changes(
    after: $after
    first: $first
    excludeDeviceId: $excludeDeviceId
    rest: $rest
  ) {
    revision
    more
    rest
    accountId
    changedBuckets {
      bucket {
        ...BucketFacts
      }
      instants {
        ...InstantsNow
      }
    }
  }
}
    fragment BucketFacts on Bucket {
  id
  bucketId
  type
  client
  hostname
  created
  data
  device {
    deviceId
    hostname
  }
  former {
    deviceId
    bucketId
  }
}
fragment InstantsNow on Instants {
  starts
  durations
  dataIndex
  data
  gone
}`) as unknown as TypedDocumentString<ChangesQuery, ChangesQueryVariables>;