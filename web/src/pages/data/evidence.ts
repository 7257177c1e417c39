// What linkage found of two records' fields, in the reader's words. What is not known, such as the two values themselves,
// stays as the server wrote it.
import type { MessageKey } from '../../i18n/catalogue';
import type { Translate } from '../../i18n/Locale';

const words: Record<string, MessageKey> = {
  prior: 'reviews.level.prior',
  'two records of one source': 'reviews.level.oneSource',
  'two records of two sources': 'reviews.level.twoSources',
  'counted once': 'reviews.level.countedOnce',
  'evidence that goes together': 'reviews.level.together',
  kin: 'reviews.level.kin',
  'others of one household or series are as alike': 'reviews.level.asKin',
  'not told': 'reviews.level.notTold',
  different: 'reviews.level.different',
  equal: 'reviews.level.equal',
  'slightly alike': 'reviews.level.slight',
  'partly the same': 'reviews.level.partly',
  near: 'reviews.level.near',
  'one slip apart': 'reviews.level.slip',
  'a slip apart': 'reviews.level.slip',
  'swapped with another field': 'reviews.level.swapped',
  'same in another order or script': 'reviews.level.order',
  '100 % of the words': 'reviews.level.allWords',
  'two characters off': 'reviews.level.twoOff',
  'one character off': 'reviews.level.oneOff',
  'one inside the other': 'reviews.level.inside',
  'same before the @': 'reviews.level.beforeAt',
  'same year': 'reviews.level.year',
  'a fortnight apart': 'reviews.level.fortnight',
  'two parts of three': 'reviews.level.twoOfThree',
  'one digit off': 'reviews.level.oneDigit',
  'a few days apart': 'reviews.level.fewDays',
  'none shared': 'reviews.level.noneShared',
  'some shared': 'reviews.level.someShared',
  'all of one side\'s': 'reviews.level.allOfOne',
  'the same': 'reviews.level.theSame',
  'a rare one shared': 'reviews.level.rareShared',
  'day and month swapped': 'reviews.level.dayMonth',
};

export function evidenceInWords(said: string, t: Translate): string {
  const key = words[said];
  if (key) return t(key);
  const share = /^(?:(\d+) % alike|within (\d+) %)$/.exec(said);
  if (share?.[1] !== undefined) return t('reviews.level.alike', { share: share[1] });
  if (share?.[2] !== undefined) return t('reviews.level.within', { share: share[2] });
  return said;
}
