import { useImperativeHandle, useRef, type Ref } from 'react';
import s from './code.module.css';

const LINE = 19;

export type CodeEditorHandle = { /** Puts the cursor at the start of a line, counted from 1. */ jump: (line: number) => void };

type Props = {
  label: string;
  text: string;
  onChange: (text: string) => void;
  /** Lines with an error, counted from 1. */
  bad: Set<number>;
  readOnly?: boolean;
  /** The line that is in view at first. */
  goTo?: number;
  ref?: Ref<CodeEditorHandle>;
};

/** A text with numbered lines; those with an error are marked. */
export function CodeEditor({ label, text, onChange, bad, readOnly, goTo, ref }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLPreElement>(null);
  useImperativeHandle(ref, () => ({
    jump: (line) => {
      const el = area.current;
      if (!el) return;
      const at = el.value.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
      el.focus();
      el.setSelectionRange(at, at);
      el.scrollTop = Math.max(0, (line - 6) * LINE);
    },
  }));
  const lines = text.split('\n').length;
  return (
    <div className={s.editor}>
      <pre ref={numbers} className={s.numbers} aria-hidden="true">
        {Array.from({ length: lines }, (_, i) => (
          <span key={i} data-bad={bad.has(i + 1)}>
            {i + 1}
            {'\n'}
          </span>
        ))}
      </pre>
      <textarea
        ref={(el) => {
          const first = el && area.current === null;
          area.current = el;
          if (first && goTo) el.scrollTop = Math.max(0, (goTo - 2) * LINE);
        }}
        className={s.text}
        aria-label={label}
        aria-invalid={bad.size > 0}
        spellCheck={false}
        autoCapitalize="off"
        wrap="off"
        readOnly={readOnly}
        value={text}
        onChange={(e) => onChange(e.currentTarget.value)}
        onScroll={(e) => numbers.current && (numbers.current.scrollTop = e.currentTarget.scrollTop)}
      />
    </div>
  );
}
