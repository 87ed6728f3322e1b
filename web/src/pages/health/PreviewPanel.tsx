import { Loader } from '@mantine/core';
import type { Scorecard, ScorecardDetail } from '../../api/shapes';
import { ErrorNote, Rows } from '../../parts/States';
import { looksOf } from './bands';
import s from './editor.module.css';
import { ImpactView } from './ImpactView';
import { usePreview } from './usePreview';

/** The consequence of the draft, beside it, before it is saved. */
export function PreviewPanel({ draft, dirty, valid, detail }: { draft: Scorecard; dirty: boolean; valid: boolean; detail: ScorecardDetail }) {
  const preview = usePreview(draft, valid);
  const looks = looksOf([draft, detail]);
  return (
    <aside className={s.preview} aria-label="What it would do">
      <div className={s.previewStick} tabIndex={0} role="region" aria-label="The preview, scrolls">
        <div className={s.previewHead}>
          <h2>If you saved this now</h2>
          {preview.waiting && valid && <Loader size={14} aria-label="Being computed" />}
        </div>
        <div aria-live="polite" data-old={preview.waiting} className={s.previewBody}>
          {!valid ? (
            <p className="muted">Mend the curve first; then its effect shows here.</p>
          ) : preview.error ? (
            <ErrorNote error={preview.error} title="This cannot be computed" retry={() => void preview.refetch()} />
          ) : !preview.data ? (
            <Rows n={8} />
          ) : (
            <>
              {!dirty && <p className={s.note}>Nothing is changed yet. Change a weight or a corner of a curve and see at once who would move; nothing is saved until you say so.</p>}
              <ImpactView impact={preview.data} looks={looks} />
            </>
          )}
        </div>
      </div>
    </aside>
  );
}
