import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import {
  GraphQLError,
  Kind,
  parse,
  type ASTVisitor,
  type DocumentNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { BodyLimits } from '../http/body.ts';
import { ofDocument } from './errors.ts';
import { makeKnownDocuments } from './known-documents.ts';

/** What a request may hold, checked before any of it runs. */
export type RequestLimits = {
  /** Of the body after inflating, and of its JSON, variables included. */
  readonly body: BodyLimits;
  /** Characters of the document, and tokens: validating 1,000 takes 70 ms at worst, and grows with the square. */
  readonly characters: number;
  readonly tokens: number;
  readonly aliases: number;
  readonly directives: number;
  readonly rootFields: number;
};

/**
 * With a key. kt-client pushes 5,000 events of 4 MB at most, with a few values each; what is refused as too large, it
 * sends in halves. An event's data of 1 MB are at most 6 MB as JSON. 16 MB of one string take 20 ms to parse, and
 * 100,000 values up to 70, where all are keys of one object.
 */
const KNOWN: RequestLimits = {
  body: { bytes: 16 * 2 ** 20, depth: 1_000, values: 100_000 },
  characters: 64 * 2 ** 10,
  tokens: 1_000,
  aliases: 20,
  directives: 20,
  rootFields: 20,
};

/**
 * Without a key only `info` and introspection are available; GraphiQL's introspection query has 183 tokens and 2 KB.
 */
const ANONYMOUS: RequestLimits = {
  body: { bytes: 16 * 2 ** 10, depth: 20, values: 1_000 },
  characters: 8 * 2 ** 10,
  tokens: 400,
  aliases: 3,
  directives: 3,
  rootFields: 3,
};

export const limitsFor = (viewer: Viewer | null): RequestLimits => (viewer ? KNOWN : ANONYMOUS);

const tooLarge = (message: string, limit: number) => new KtError('too_large', message, { limit });

/** Throws our own error where another package's rule would throw its own. */
const inOurWords = (what: string, limit: number) => ({
  n: limit,
  onReject: [
    () => {
      throw tooLarge(`a document has at most ${limit} ${what}: ask in several requests`, limit);
    },
  ],
});

/**
 * Limits the number of operations, and of introspections of the schema: asking 3,000 times in one document gave an
 * answer of 91 MB to anybody. One whole schema has 80 KB.
 */
const rootFieldsRule =
  (limit: number) =>
  (context: ValidationContext): ASTVisitor => ({
    OperationDefinition(operation) {
      const seen = new Set<string>();
      const names: string[] = [];
      const collect = ({ selections }: SelectionSetNode): void => {
        for (const selection of selections) {
          if (selection.kind === Kind.FIELD) names.push(selection.name.value);
          else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
          else if (!seen.has(selection.name.value)) {
            seen.add(selection.name.value);
            const fragment = context.getFragment(selection.name.value);
            if (fragment) collect(fragment.selectionSet);
          }
        }
      };
      collect(operation.selectionSet);
      if (names.length > limit) {
        throw tooLarge(`an operation has at most ${limit} fields at its root: ask in several requests`, limit);
      }
      if (names.filter((name) => name === '__schema' || name === '__type').length > 1) {
        throw tooLarge('the schema is told once per operation: ask for all of it at once', 1);
      }
    },
  });

/**
 * Limits a document before it is parsed and validated. What somebody with a key asked before, and was valid, is known:
 * the limits without one are others. The cost of running it is limited in cost.ts. Every refusal is `too_large` and
 * names the limit.
 */
export const useDocumentLimits = (known = makeKnownDocuments()): Plugin<{ viewer: Viewer | null }> => ({
  onParse: ({ context, params: { source }, setParseFn, setParsedDocument }) => {
    const { characters, tokens } = limitsFor(context.viewer);
    const text = typeof source === 'string' ? source : source.body;
    const before = context.viewer ? known.of(text) : undefined;
    if (before) return setParsedDocument(before);
    if (text.length > characters) {
      throw tooLarge(`a document has at most ${characters} characters: send values as variables`, characters);
    }
    return setParseFn((asked: string, options: object) => {
      try {
        return parse(asked, { ...options, maxTokens: tokens });
      } catch (error) {
        if (!(error instanceof GraphQLError) || !/tokens\. Parsing aborted/.test(error.message)) throw error;
        const message = `a document has at most ${tokens} tokens: send values as variables, or ask in several requests`;
        throw tooLarge(message, tokens);
      }
    });
  },
  onValidate: ({ context, params, addValidationRule, setResult: answer }) => {
    const document = params.documentAST as DocumentNode;
    if (context.viewer && known.isKnown(document)) return answer([]);
    const { aliases, directives, rootFields } = limitsFor(context.viewer);
    addValidationRule(rootFieldsRule(rootFields));
    addValidationRule(maxAliasesRule(inOurWords('aliases', aliases)));
    addValidationRule(maxDirectivesRule(inOurWords('directives', directives)));
    return ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map((error) => ofDocument(error)));
      else if (context.viewer && document.loc) known.keep(document.loc.source.body, document);
    };
  },
});
