package condition

import "math"

// Row is the values of one account that programs of one Env read. It is made
// once and filled again for every account; it is not safe for concurrent use.
type Row struct {
	numbers []float64 // NaN is missing
	texts   []text
	attrs   []value
	env     *Env
}

type text struct {
	s  string
	ok bool
}

// NewRow returns a row in which everything is missing. It knows the attributes
// of the programs that the Env has compiled so far.
func (e *Env) NewRow() *Row {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := &Row{numbers: make([]float64, len(e.numbers)), texts: make([]text, len(e.texts)), attrs: make([]value, len(e.attrs)), env: e}
	r.Clear()
	return r
}

// Clear makes everything missing.
func (r *Row) Clear() {
	for i := range r.numbers {
		r.numbers[i] = math.NaN()
	}
	clear(r.texts)
	clear(r.attrs)
}

// Numbers returns the number slots (see Env.Slot), to be written in place; NaN
// is missing.
func (r *Row) Numbers() []float64 { return r.numbers }

// UseNumbers makes the row read its numbers from a slice that has a place for
// each slot of the Env, without copying it.
func (r *Row) UseNumbers(numbers []float64) { r.numbers = numbers }

// SetText sets a text slot (see Env.TextSlot); an empty text is missing.
func (r *Row) SetText(slot int, s string) { r.texts[slot] = text{s: s, ok: s != ""} }

// Set sets a number or text variable by its name ("score", "band.adoption");
// names that the Env does not have are left out. Slots are faster.
func (r *Row) Set(name string, v any) {
	switch v := v.(type) {
	case float64:
		if n, ok := r.env.numbers[name]; ok {
			r.numbers[n] = v
		}
	case string:
		if n, ok := r.env.texts[name]; ok {
			r.SetText(n, v)
		}
	}
}

// SetNumberAttr sets a number of an Attributes variable by "name.key"; one that
// no program uses is left out.
func (r *Row) SetNumberAttr(name string, v float64) {
	r.setAttr(name, value{kind: isNumber, n: v})
}

// SetTextAttr sets a text, or a date in RFC 3339 and UTC.
func (r *Row) SetTextAttr(name, v string) { r.setAttr(name, value{kind: isText, s: v}) }

// SetTruthAttr sets a truth value.
func (r *Row) SetTruthAttr(name string, v bool) {
	r.setAttr(name, value{kind: isTruth, n: boolNumber(v)})
}

func (r *Row) setAttr(name string, v value) {
	r.env.mu.Lock()
	n, ok := r.env.attrs[name]
	r.env.mu.Unlock()
	if ok && n < len(r.attrs) {
		r.attrs[n] = v
	}
}

// AttrKeys lists the attributes that the programs compiled so far use, as
// "name.key", so that a caller fetches no others.
func (e *Env) AttrKeys() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]string, len(e.attrs))
	for name, n := range e.attrs {
		out[n] = name
	}
	return out
}

func boolNumber(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// value is a value whose type is known at evaluation only.
type value struct {
	kind kind
	n    float64
	s    string
}

type kind uint8

const (
	isMissing kind = iota
	isNumber
	isText
	isTruth
)

// truth is one of three: Kleene's logic, which is also what CEL's && and ||
// make of an error on one side.
type truth uint8

const (
	unknown truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}
