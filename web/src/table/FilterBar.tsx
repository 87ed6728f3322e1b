import { ActionIcon, Button, CloseButton, Menu, Popover, Textarea, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconCode, IconFilterPlus, IconSearch, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useKeys } from '../shell/keys';
import { clauseInWords, fromCel, OPS, toCel, type Clause, type Field } from './cel';
import { ClauseEditor } from './ClauseEditor';
import s from './table.module.css';

type Props = {
  fields: Field[];
  filter: string | undefined;
  onFilter: (cel: string | undefined) => void;
  q: string | undefined;
  onSearch: (q: string | undefined) => void;
  /** The server cannot read the condition; the page says why. */
  invalid?: boolean;
  children?: ReactNode;
};

/** Rows of field, comparison and value that write a CEL condition, shown as text. */
export function FilterBar({ fields, filter, onFilter, q, onSearch, invalid, children }: Props) {
  const clauses = fromCel(filter ?? '', fields);
  const [asText, setAsText] = useState(false);
  const [editing, setEditing] = useState<number>();
  const [draft, setDraft] = useState<Clause>();
  const search = useRef<HTMLInputElement>(null);
  const write = (next: Clause[]) => onFilter(toCel(next, fields) || undefined);

  useKeys({
    '/': (event) => {
      event.preventDefault();
      search.current?.focus();
    },
  });

  const start = (field: Field) => {
    if (field.kind === 'condition') {
      write([...(clauses ?? []), { field: field.cel, op: '==', value: true }]);
      return;
    }
    const op = OPS[field.kind][0]!;
    setDraft({ field: field.cel, op, value: field.kind === 'flag' ? true : op === 'in' ? [] : '' });
  };
  return (
    <>
      <div className={s.bar}>
        <SearchField value={q} onChange={onSearch} inputRef={search} />
        {!asText &&
          clauses?.map((clause, i) => (
            <Popover key={`${clause.field}${i}`} opened={editing === i} onChange={(open) => !open && setEditing(undefined)} position="bottom-start" shadow="md" trapFocus withRoles={false}>
              <Popover.Target>
                <span className={s.chip}>
                  <button type="button" onClick={() => setEditing(editing === i || isCondition(clause, fields) ? undefined : i)} aria-haspopup="dialog" aria-expanded={editing === i}>
                    {clauseInWords(clause, fields)}
                  </button>
                  <button type="button" aria-label={`Remove: ${clauseInWords(clause, fields)}`} onClick={() => write(clauses.filter((_, n) => n !== i))}>
                    <IconX size={13} />
                  </button>
                </span>
              </Popover.Target>
              <Popover.Dropdown role="dialog" aria-label="Change this filter">
                <ClauseEditor
                  clause={clause}
                  fields={fields}
                  onDone={(next) => {
                    setEditing(undefined);
                    write(clauses.map((c, n) => (n === i ? next : c)));
                  }}
                />
              </Popover.Dropdown>
            </Popover>
          ))}
        {!asText && clauses && <AddFilter fields={fields} draft={draft} start={start} stop={() => setDraft(undefined)} add={(c) => write([...clauses, c])} />}
        {(asText || !clauses) && <ConditionText value={filter ?? ''} onChange={onFilter} invalid={invalid} />}
        <Tooltip label={clauses ? (asText ? 'Back to the filter rows' : 'Write the condition as text') : 'This condition can only be shown as text'}>
          <ActionIcon variant={asText || !clauses ? 'light' : 'subtle'} onClick={() => setAsText(!asText)} aria-label="Write the condition as text" aria-pressed={asText || !clauses}>
            <IconCode size={16} />
          </ActionIcon>
        </Tooltip>
        {filter && (
          <Button variant="subtle" color="gray" onClick={() => onFilter(undefined)}>
            Clear
          </Button>
        )}
        <span style={{ flex: 1 }} />
        {children}
      </div>
      {filter && !asText && clauses && !clauses.every((c) => isCondition(c, fields)) && (
        <div className={s.celText} title={filter}>
          {filter}
        </div>
      )}
    </>
  );
}

function isCondition(clause: Clause, fields: Field[]): boolean {
  return fields.find((f) => f.cel === clause.field)?.kind === 'condition';
}

function AddFilter({ fields, draft, start, stop, add }: { fields: Field[]; draft?: Clause; start: (f: Field) => void; stop: () => void; add: (c: Clause) => void }) {
  const [find, setFind] = useState('');
  const shown = fields.filter((f) => f.title.toLowerCase().includes(find.trim().toLowerCase())).slice(0, 40);
  if (draft) {
    return (
      <Popover opened onChange={(open) => !open && stop()} position="bottom-start" shadow="md" trapFocus>
        <Popover.Target>
          <Button variant="light">{clauseInWords({ ...draft, value: '…' }, fields)}</Button>
        </Popover.Target>
        <Popover.Dropdown aria-label="New filter">
          <ClauseEditor
            clause={draft}
            fields={fields}
            onDone={(clause) => {
              stop();
              add(clause);
            }}
          />
        </Popover.Dropdown>
      </Popover>
    );
  }
  return (
    <Menu position="bottom-start" width={240} onClose={() => setFind('')}>
      <Menu.Target>
        <Button variant="subtle" color="gray" leftSection={<IconFilterPlus size={15} />}>
          Filter
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
        <TextInput m={4} placeholder="Find a field" value={find} onChange={(e) => setFind(e.currentTarget.value)} aria-label="Find a field" data-autofocus />
        {shown.map((field) => (
          <Menu.Item key={field.cel} onClick={() => start(field)}>
            {field.title}
          </Menu.Item>
        ))}
        {shown.length === 0 && <Menu.Label>No field has that name.</Menu.Label>}
      </Menu.Dropdown>
    </Menu>
  );
}

function SearchField({ value, onChange, inputRef }: { value?: string; onChange: (q: string | undefined) => void; inputRef: React.RefObject<HTMLInputElement | null> }) {
  const [text, setText] = useState(value ?? '');
  const send = useDebouncedCallback((next: string) => onChange(next.trim() || undefined), 200);
  useEffect(() => setText((now) => (now.trim() === (value ?? '') ? now : (value ?? ''))), [value]);
  return (
    <TextInput
      ref={inputRef}
      w={200}
      value={text}
      placeholder="Search names  /"
      aria-label="Search by name"
      leftSection={<IconSearch size={14} />}
      rightSection={text ? <CloseButton size="xs" aria-label="Clear the search" onClick={() => { setText(''); onChange(undefined); }} /> : null}
      onChange={(e) => {
        setText(e.currentTarget.value);
        send(e.currentTarget.value);
      }}
      onKeyDown={(e) => {
        if (e.key === 'Escape') e.currentTarget.blur();
      }}
    />
  );
}

function ConditionText({ value, onChange, invalid }: { value: string; onChange: (cel: string | undefined) => void; invalid?: boolean }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <Textarea
      className={s.cel}
      autosize
      minRows={1}
      maxRows={4}
      value={text}
      error={invalid}
      aria-label="Condition (CEL)"
      placeholder='score < 40 && segment == "enterprise"'
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      onChange={(e) => setText(e.currentTarget.value)}
      onBlur={() => text !== value && onChange(text.trim() || undefined)}
      onKeyDown={(e) => {
        if (e.key !== 'Enter' || e.shiftKey) return;
        e.preventDefault();
        onChange(text.trim() || undefined);
      }}
    />
  );
}
