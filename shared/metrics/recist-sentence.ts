import type { RecistRule } from './recist.ts'

const sentences: Readonly<Record<RecistRule, string>> = {
  'new-lesion': 'A lesion is there that was not there at baseline.',
  'targets-grew': 'The sum of the targets is at least 20 % and 5 mm above its smallest value so far.',
  'target-reappeared': 'A target is there again after all had gone.',
  'non-target-progression': 'A non-target lesion has unequivocally progressed.',
  'all-gone': 'All targets have gone (nodes: below 10 mm short axis), and so have the non-targets.',
  'targets-gone-non-targets-left': 'The targets have gone; non-target lesions are left.',
  'targets-shrank': 'The sum of the targets is at least 30 % below the baseline.',
  'neither-grew-nor-shrank':
    'The sum of the targets neither fell by 30 % from the baseline nor rose by 20 % and 5 mm from its smallest value.',
  'target-not-evaluable': 'A target was not imaged or cannot be evaluated.',
  'non-target-not-evaluable': 'A non-target lesion was not imaged or cannot be evaluated.',
  'non-targets-left': 'There are no targets (nothing is large enough); non-target lesions are left.',
  'nothing-followed': 'There was no lesion at baseline to follow.',
}

/** What a rule of RECIST 1.1 says, in one sentence. */
export function ruleSentence(rule: string): string {
  return sentences[rule as RecistRule] ?? rule
}
