import { expect, test } from 'vitest';
import { every, INTERVALS, sentenceOf } from './connection';

test('an interval as a person says it', () => {
  expect(INTERVALS.map(every)).toEqual(['every 5 minutes', 'every 15 minutes', 'every 30 minutes', 'every hour', 'every 6 hours', 'every day', 'by hand only']);
  expect(every(60)).toBe('every minute');
  expect(every(90)).toBe('every 90 seconds');
  expect(every(172_800)).toBe('every 2 days');
});

test('a message as a sentence', () => {
  expect(sentenceOf('the system is down')).toBe('The system is down.');
  expect(sentenceOf('Why?')).toBe('Why?');
  expect(sentenceOf('')).toBe('');
});
