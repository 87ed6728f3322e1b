import { notifications } from '@mantine/notifications';
import { get, type Query } from '../api/client';
import type { List } from '../api/contract';
import { saveText } from '../explain/csv';
import { count } from '../format/number';

const PAGE = 500;

/** Reads every page of a list and saves it as one CSV, saying how far it is. */
export async function exportAll<Row>(name: string, path: string, query: Query, write: (rows: Row[]) => string) {
  const id = `export-${name}`;
  const rows: Row[] = [];
  try {
    let cursor: string | undefined;
    do {
      const page = await get<List<Row>>(path, { ...query, limit: PAGE, cursor });
      rows.push(...page.items);
      cursor = page.next_cursor;
      if (cursor) {
        const progress = { id, loading: true, autoClose: false as const, withCloseButton: false, title: 'Exporting', message: `${count(rows.length)} of ${count(page.total)} rows` };
        if (rows.length === page.items.length) notifications.show(progress);
        else notifications.update(progress);
      }
    } while (cursor);
    saveText(`kept-${name}-${new Date().toISOString().slice(0, 10)}.csv`, write(rows));
    notifications.hide(id);
    notifications.show({ title: 'Exported', message: `${count(rows.length)} rows, as filtered, sorted and shown.` });
  } catch (error) {
    notifications.hide(id);
    notifications.show({ color: 'red', title: 'The export stopped', message: error instanceof Error ? error.message : 'Nothing was saved. Try again.' });
  }
}
