package evaluate

import (
	"context"
	"slices"

	"kept/internal/id"
)

// keptTouches is for how many generations the engine knows what changed.
const keptTouches = 256

// note adds to the log of changes; the caller holds e.mu.
func (e *Engine) note(t touch) {
	e.log = append(e.log, t)
	if len(e.log) > keptTouches {
		e.log = slices.Clone(e.log[len(e.log)-keptTouches:])
	}
}

// tell wakes who waits for changes; the caller holds e.mu.
func (e *Engine) tell() {
	close(e.news)
	e.news = make(chan struct{})
}

// Changes says what may be evaluated differently than before.
type Changes struct {
	// Generation is the newest: what to ask for changes after, next time.
	Generation   int64
	ModelVersion int64
	// All says that everything may differ: there is another model, it is too long
	// ago, or all was loaded. Then Accounts is empty.
	All bool
	// Accounts are those whose record or events changed, and the accounts above
	// them, ascending. The passing of time changes others too, but that is no news.
	Accounts []id.Account
}

// Changes waits until there is a generation newer than since, and says what
// changed: whoever follows the engine asks again with the Generation it returned,
// starting with 0. It returns at once when there is one, and the error of ctx when
// that ends first. It costs nothing while it waits, however many do.
func (e *Engine) Changes(ctx context.Context, since int64) (Changes, error) {
	for {
		e.mu.Lock()
		s, news := e.state, e.news
		e.mu.Unlock()
		// A number of the future is that of an engine that has been restarted.
		if s.generation != since && s.columns != nil {
			return e.changes(s, since), nil
		}
		select {
		case <-ctx.Done():
			return Changes{}, ctx.Err()
		case <-news:
		}
	}
}

func (e *Engine) changes(s *state, since int64) Changes {
	out := Changes{Generation: s.generation, ModelVersion: s.version}
	touched, known := e.changedSince(since)
	if !known || since > s.generation {
		out.All = true
		return out
	}
	for at := range touched {
		// A change that came after s was taken says it of an account that is not in it.
		if int(at) < len(s.book.dossiers) {
			out.Accounts = append(out.Accounts, s.book.dossiers[at].account.ID)
		}
	}
	slices.Sort(out.Accounts)
	return out
}

// KeepProjection writes the event projection down, for the next start, unless it
// is written down as it is. It reports whether it wrote.
func (e *Engine) KeepProjection(ctx context.Context) (bool, error) {
	s := e.current()
	if s.columns == nil {
		return false, nil
	}
	e.mu.Lock()
	done := e.kept == s.columns.Mark()
	e.mu.Unlock()
	if done {
		return false, nil
	}
	wrote, err := s.columns.Keep(ctx, e.opt.Events)
	if err != nil || !wrote {
		return false, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kept = s.columns.Mark()
	return true, nil
}
