package duckstore

import (
	"context"
	"maps"
	"slices"
	"sync"

	"kept/internal/id"
	"kept/internal/usage"
)

// The kinds of words; each has a table of its name.
const (
	wordAccount = iota
	wordActor
	wordName
	wordProduct
	wordSource
	wordKinds
)

var wordTables = [wordKinds]string{"account", "actor", "name", "product", "source"}

// words are the dictionaries: texts by code and codes by text. Readers see only
// words that are committed.
type words struct {
	mu    sync.RWMutex
	codes [wordKinds]map[string]uint32
	// texts[kind][code]; code 0 is "". The slices grow, and an erased word is
	// replaced in a copy, so that a slice once handed out never changes.
	texts [wordKinds][]string
	// accounts is texts[wordAccount] in its own type.
	accounts []id.Account
}

func loadWords(ctx context.Context, r *rawConn) (*words, error) {
	w := &words{accounts: []id.Account{""}}
	for kind := range wordKinds {
		w.codes[kind] = map[string]uint32{}
		w.texts[kind] = []string{""}
		err := r.stream(ctx, "SELECT code, text FROM "+wordTables[kind]+" ORDER BY code", func(c rawChunk) error {
			codes, texts := column[uint32](c, 0), c.texts(1)
			for i, code := range codes {
				for len(w.texts[kind]) < int(code) {
					w.texts[kind] = append(w.texts[kind], "")
				}
				w.texts[kind] = append(w.texts[kind], texts[i])
				if texts[i] != "" {
					w.codes[kind][texts[i]] = code
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, text := range w.texts[wordAccount][1:] {
		w.accounts = append(w.accounts, id.Account(text))
	}
	return w, nil
}

// code returns the code of a word, and false for one that no event has.
func (w *words) code(kind int, text string) (uint32, bool) {
	if text == "" {
		return 0, true
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	code, ok := w.codes[kind][text]
	return code, ok
}

// all returns the texts of a kind by code. Do not change them.
func (w *words) all(kind int) []string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.texts[kind]
}

// dictionary returns the words that a column scan's codes stand for.
func (w *words) dictionary() *usage.Dictionary {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return &usage.Dictionary{
		Accounts: w.accounts, Names: w.texts[wordName], Actors: w.texts[wordActor], Products: w.texts[wordProduct],
	}
}

// newWords are words that a transaction under way adds.
type newWords struct {
	base  *words
	codes [wordKinds]map[string]uint32
	texts [wordKinds][]string
}

func (w *words) adding() *newWords { return &newWords{base: w} }

// code returns the word's code, a new one if need be. Only the writer calls it,
// and it alone changes the base: no lock is needed to read it.
func (n *newWords) code(kind int, text string) uint32 {
	if text == "" {
		return 0
	}
	if code, ok := n.base.codes[kind][text]; ok {
		return code
	}
	if code, ok := n.codes[kind][text]; ok {
		return code
	}
	if n.codes[kind] == nil {
		n.codes[kind] = map[string]uint32{}
	}
	code := uint32(len(n.base.texts[kind]) + len(n.texts[kind])) //nolint:gosec // fewer words than events
	n.codes[kind][text] = code
	n.texts[kind] = append(n.texts[kind], text)
	return code
}

// store writes the new words into their tables.
func (n *newWords) store(w *rawConn) error {
	for kind, texts := range n.texts {
		if len(texts) == 0 {
			continue
		}
		app, err := w.appender(wordTables[kind])
		if err != nil {
			return err
		}
		first := uint32(len(n.base.texts[kind])) //nolint:gosec // fewer words than events
		err = app.fill(len(texts), func(c appendChunk, from, count int) {
			codes := column[uint32](c.rawChunk, 0)
			for i := range count {
				codes[i] = first + uint32(from+i) //nolint:gosec // fewer words than events
				c.setText(1, i, texts[from+i])
			}
		})
		if err != nil {
			app.abandon()
			return err
		}
		if err := app.close(); err != nil {
			return err
		}
	}
	return nil
}

// publish makes the new words visible; see inTx, which holds the lock.
func (n *newWords) publish() {
	w := n.base
	for kind, texts := range n.texts {
		maps.Copy(w.codes[kind], n.codes[kind])
		w.texts[kind] = append(w.texts[kind], texts...)
	}
	for _, text := range n.texts[wordAccount] {
		w.accounts = append(w.accounts, id.Account(text))
	}
}

// forget blanks erased words; see inTx, which holds the lock.
func (w *words) forget(kind int, codes []uint32) {
	texts := slices.Clone(w.texts[kind])
	for _, code := range codes {
		delete(w.codes[kind], texts[code])
		texts[code] = ""
	}
	w.texts[kind] = texts
}
