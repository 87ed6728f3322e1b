// Writes a .gz beside every text asset of dist/, so that the server sends it as it is.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const text = /\.(js|css|html|svg|json)$/;
for (const name of readdirSync('dist', { recursive: true })) {
  const path = join('dist', String(name));
  if (!text.test(path) || !statSync(path).isFile()) continue;
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
}
