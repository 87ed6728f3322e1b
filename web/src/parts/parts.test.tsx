// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api/client';
import { BandChip } from './BandChip';
import { BAND_COLORS, BAND_SHAPE, bandColor, bandInWords, bandLetter } from './band';
import { Sparkline, sparkPaths, sparkScale } from './Figures';
import { ErrorNote } from './States';

beforeAll(() => {
  vi.stubGlobal('matchMedia', (query: string) => ({ matches: false, media: query, addEventListener() {}, removeEventListener() {}, addListener() {}, removeListener() {} }));
});
afterEach(cleanup);

const show = (node: React.ReactNode) => render(<MantineProvider>{node}</MantineProvider>);
const red = { key: 'red', title: 'Poor', color: 'red', letter: 'P' };

describe('bands', () => {
  it('have a shape of their own for each colour', () => {
    expect(new Set(BAND_COLORS.map((c) => BAND_SHAPE[c])).size).toBe(BAND_COLORS.length);
  });

  it('show an unknown colour as grey', () => {
    expect([bandColor('mauve'), bandColor(null), bandColor('lime')]).toEqual(['grey', 'grey', 'lime']);
  });

  it('have a letter', () => {
    expect(bandLetter(red)).toBe('P');
    expect(bandLetter({ key: 'green', title: 'healthy' })).toBe('H');
  });

  it('are said in words with what qualifies them', () => {
    expect(bandInWords(red, 31.6, { stale: true, overridden: true })).toBe('Poor, score 32, some inputs are stale, overridden by hand');
    expect(bandInWords(null, null)).toBe('No score');
  });

  it('stand on the chip as shape, letter, score and words', () => {
    const { container } = show(<BandChip band={red} score={31.6} stale />);
    expect(container.textContent).toContain('P32');
    expect(screen.getByText('Poor, score 32, some inputs are stale')).toBeTruthy();
    expect(container.querySelectorAll('svg').length).toBe(2);
  });

  it('without a score show a question mark, never 0', () => {
    const { container } = show(<BandChip band={null} score={null} />);
    expect(container.textContent).toContain('?');
    expect(container.textContent).not.toContain('0');
  });
});

describe('a sparkline', () => {
  it('breaks at a missing week', () => {
    expect(sparkPaths([10, 20, null, 30, null], 40, 10)).toHaveLength(2);
    expect(sparkPaths([null, null], 40, 10)).toEqual([]);
  });

  it('shows at least 40 of 100 points and never leaves 0 to 100', () => {
    expect(sparkScale([50, 52])).toEqual([31, 71]);
    expect(sparkScale([98])).toEqual([60, 100]);
    expect(sparkScale([1])).toEqual([0, 40]);
    expect(sparkScale([0, 100])).toEqual([0, 100]);
  });

  it('says its history to a screen reader, or that there is none', () => {
    show(<Sparkline values={[null, 40, 60]} />);
    expect(screen.getByRole('img').getAttribute('aria-label')).toBe('2 weeks, from 40 to 60');
    cleanup();
    show(<Sparkline values={[null]} />);
    expect(screen.getByText('no history')).toBeTruthy();
  });
});

describe('an error', () => {
  it('says what happened, where, and the code to quote', () => {
    show(<ErrorNote error={new ApiError({ title: 'Bad filter', status: 422, detail: 'It cannot be read.', errors: [{ location: 'filter', message: 'unknown name "scor"' }] })} />);
    expect(screen.getByRole('alert').textContent).toMatch(/Bad filter.*It cannot be read.*filter.*unknown name/);
    cleanup();
    show(<ErrorNote error={new ApiError({ title: 'Internal error', status: 500, detail: 'It failed.', instance: 'err_1' })} />);
    expect(screen.getByRole('alert').textContent).toMatch(/Your data are safe.*err_1/);
  });
});
