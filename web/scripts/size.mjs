// Fails when the script that the first page needs is over the budget, or when
// the chart library has slipped into it. Run after `npm run build`.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 350 * 1024;
const manifest = JSON.parse(readFileSync('dist/manifest.json', 'utf8'));
const gz = (file) => gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length;

// Everything that `key` loads before it runs.
function needs(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) needs(next, seen);
  return seen;
}

const entry = Object.keys(manifest).find((k) => manifest[k].isEntry);
const home = Object.keys(manifest).find((k) => k.includes('pages/home/'));
const first = needs(entry);
const withHome = home ? needs(home, new Set(first)) : first;
const files = [...withHome].map((k) => manifest[k].file).filter((f) => f.endsWith('.js'));
const total = files.reduce((sum, f) => sum + gz(f), 0);

for (const f of files) console.log(`${(gz(f) / 1024).toFixed(1).padStart(8)} KB  ${f}`);
console.log(`${(total / 1024).toFixed(1).padStart(8)} KB gzip of script for the first load of Home (budget ${budget / 1024} KB)`);

const charts = Object.keys(manifest).filter((k) => k.includes('chart/echarts'));
if (charts.some((k) => withHome.has(k))) {
  console.error('The chart library is part of the first load: import it with import().');
  process.exit(1);
}
if (total > budget) {
  console.error('The first load is over its budget: load the new code when it is needed.');
  process.exit(1);
}
