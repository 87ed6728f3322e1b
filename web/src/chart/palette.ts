// Colours that ECharts needs as values; they are those of the theme, read from the page.

export type Palette = {
  text: string;
  muted: string;
  line: string;
  ground: string;
  accent: string;
  band: (color: string) => string;
  /** A series that has no meaning of its own; safe for colour-blind readers (Okabe and Ito). */
  series: string[];
};

const LIGHT = ['#3d4fc4', '#c76a00', '#00806a', '#a8428f', '#4a90c2', '#8a7a00'];
const DARK = ['#8f9df6', '#f0a24a', '#3fc2a8', '#e08fcb', '#7fbce6', '#d9c84a'];

/** Reads the palette of the theme in force. */
export function readPalette(dark: boolean): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: read('--k-text'),
    muted: read('--k-text-3'),
    line: read('--k-border'),
    ground: read('--k-bg'),
    accent: read('--k-accent'),
    band: (color) => read(`--k-band-${color}`) || read('--k-band-grey'),
    series: dark ? DARK : LIGHT,
  };
}
