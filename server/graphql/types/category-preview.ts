import { KtError } from '../../../domain/errors.ts';
import type {
  CategoryMove,
  CategoryPreview,
  PreviewedTitle,
  RuleFault,
} from '../../resolvers/facts/preview-categories.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';
import type { addRange } from './activity.ts';

/** Rows of a list: of titles the default of `first`, and the maximum of all. */
const TITLES = 100;
const MOST = 1_000;

/** What other rules of categories would change. */
export const addCategoryPreview = (builder: Builder, Range: ReturnType<typeof addRange>): void => {
  const Rule = builder.inputType('CategoryRuleInput', {
    description: 'A rule of the setting `classes`, as it is tried out. Its colour and score decide nothing.',
    fields: (t) => ({
      name: t.stringList({ required: true, description: 'The category, from the root down.' }),
      regex: t.string({ description: 'What is searched for; left out: a category without a rule of its own.' }),
      ignoreCase: t.boolean({ description: 'Whether upper and lower case are the same; not unless said.' }),
      selectKeys: t.stringList({ description: 'The keys of the data that are searched; left out: all.' }),
      priority: t.int({
        description:
          'The rule of the highest wins, the later one among equals; left out: ten for each level of `name`.',
      }),
    }),
  });
  const Fault = builder.objectRef<RuleFault>('RuleFault').implement({
    needs: 'read',
    description: 'A rule that can not be used, and so matches nothing.',
    fields: (t) => ({
      rule: t.exposeInt('rule', { description: 'Its place among the rules, from 0.' }),
      message: t.exposeString('message', { description: 'What is wrong with it.' }),
      position: t.exposeInt('position', {
        nullable: true,
        description: 'The character of the pattern, from 1; null where it is the whole.',
      }),
    }),
  });
  const Move = builder.objectRef<CategoryMove>('CategoryMove').implement({
    needs: 'read',
    description: 'Time that one category would lose to another.',
    fields: (t) => ({
      from: t.stringList({ description: 'Its category now.', complexity: 1, resolve: ({ from }) => [...from] }),
      to: t.stringList({ description: 'Its category by the rules.', complexity: 1, resolve: ({ to }) => [...to] }),
      seconds: t.exposeFloat('seconds', { description: 'How long.' }),
    }),
  });
  const Total = builder.objectRef<CategoryPreview['categories'][number]>('CategoryChange').implement({
    needs: 'read',
    description: 'How long a category is, now and by the rules.',
    fields: (t) => ({
      category: t.stringList({ description: 'The category.', complexity: 1, resolve: ({ name }) => [...name] }),
      secondsBefore: t.exposeFloat('before', { description: 'How long it is now.' }),
      secondsAfter: t.exposeFloat('after', { description: 'How long it would be.' }),
    }),
  });
  const Title = builder.objectRef<PreviewedTitle>('CategorizedTitle').implement({
    needs: 'read',
    description: 'What a window showed, and which rule decides its category.',
    fields: (t) => ({
      app: t.exposeString('app', { nullable: true, description: 'The application.' }),
      title: t.exposeString('title', { nullable: true, description: 'The title.' }),
      before: t.stringList({ description: 'Its category now.', complexity: 1, resolve: (one) => [...one.before] }),
      after: t.stringList({
        description: 'Its category by the rules.',
        complexity: 1,
        resolve: (one) => [...one.after],
      }),
      rule: t.exposeInt('rule', {
        nullable: true,
        description: 'The place of the rule that wins among the rules, from 0; null where none matches.',
      }),
      seconds: t.exposeFloat('seconds', { description: 'How long it was the active window.' }),
    }),
  });
  const Preview = builder.objectRef<CategoryPreview>('CategoryPreview').implement({
    needs: 'read',
    description: 'What rules would change, if they were stored as `classes`. Time is that of all devices as one.',
    fields: (t) => ({
      revision: t.expose('revision', {
        type: 'BigInt',
        description: 'Everything up to this revision of the account is in it, once it is complete.',
      }),
      complete: t.boolean({
        description: 'False while days have to be computed first: ask again.',
        resolve: ({ missingDays }) => missingDays === 0,
      }),
      missingDayCount: t.exposeInt('missingDays', { description: 'How many days (in UTC) have to be computed still.' }),
      seconds: t.exposeFloat('seconds', { description: 'All time with a window.' }),
      moves: t.field({
        type: [Move],
        description: `Between which categories time moves, the longest first: at most ${MOST}.`,
        complexity: costOfList(MOST),
        resolve: ({ moves }) => moves.slice(0, MOST),
      }),
      categories: t.field({
        type: [Total],
        description: `The categories that have time, now or by the rules, the longest first: at most ${MOST}.`,
        complexity: costOfList(MOST),
        resolve: ({ categories }) => categories.slice(0, MOST),
      }),
      faults: t.field({
        type: [Fault],
        description: 'Rules that can not be used.',
        complexity: costOfList(100),
        resolve: ({ faults }) => faults.slice(0, MOST),
      }),
      titles: t.field({
        type: [Title],
        description: 'The titles of the longest windows, the longest first.',
        args: {
          first: t.arg.int({ description: `Of how many windows, ${TITLES} if not said, at most ${MOST}.` }),
          changed: t.arg.boolean({ defaultValue: false, description: 'Only those whose category changes.' }),
          rule: t.arg.int({ description: 'Only those that this rule decides, by its place from 0.' }),
          matching: t.arg.int({
            description: 'Only those that this rule matches, by its place from 0, though another one may win.',
          }),
          category: t.arg.stringList({ description: 'Only those of this category by the rules, from the root down.' }),
        },
        // What a rule matches, a thread says of each distinct title once more.
        complexity: ({ first, matching }) =>
          costOfList(Math.min(first ?? TITLES, MOST), matching == null ? 500 : 5_000),
        resolve: async (preview, { first, changed, rule, matching, category }, { spend }) => {
          if (first != null && first < 0) throw new KtError('invalid', '`first` can not be negative');
          const titles = await preview.titles({
            first: Math.min(first ?? TITLES, MOST),
            changed: changed ?? false,
            rule: rule ?? null,
            matching: matching ?? null,
            category: category ?? null,
          });
          spend(titles.reduce((sum, { app, title }) => sum + (app?.length ?? 0) + (title?.length ?? 0), 0));
          return [...titles];
        },
      }),
    }),
  });
  builder.queryField('previewCategories', (t) =>
    t.field({
      needs: 'read',
      type: Preview,
      // A thread decides each distinct title of the range twice: by the rules there are, and by these.
      complexity: { field: 10_000, multiplier: 1 },
      description:
        'Tries out rules of categories on days of the account, and stores nothing: `setSetting` of `classes` does ' +
        'that, in the form of aw-webui.',
      args: {
        rules: t.arg({
          type: [Rule],
          required: true,
          description: 'All rules, in their order; none leave everything uncategorized.',
        }),
        range: t.arg({ type: Range, required: true, description: 'Which days.' }),
      },
      resolve: (_root, { rules, range }, { viewer, resolvers, signal }) =>
        resolvers.previewCategories.previewCategories(
          viewer(),
          rules.map(({ name, regex, ignoreCase, selectKeys, priority }) => ({
            name,
            regex: regex ?? null,
            ignoreCase: ignoreCase ?? false,
            selectKeys: selectKeys ?? null,
            priority: priority ?? null,
          })),
          range,
          signal,
        ),
    }),
  );
};
