package customer

import (
	"slices"
	"sort"
	"strconv"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// Fact is something that holds for an account (or one of its relationships)
// over a period: its owner, its lifecycle stage, an attribute, a manual value.
// Facts are only ever added. What held at T as known at T is, among the facts
// with KnownAt ≤ T and ValidFrom ≤ T < ValidTo, the one that is latest by
// (ValidFrom, KnownAt, Seq).
type Fact struct {
	Seq       int64      `json:"seq"` // set by the store, ascending
	AccountID id.Account `json:"account_id"`
	ProductID id.Product `json:"product_id,omitempty"` // set when it is about the relationship
	Key       string     `json:"key"`
	Value     Value      `json:"value"`
	ValidFrom time.Time  `json:"valid_from"`
	ValidTo   time.Time  `json:"valid_to,omitzero"` // half-open; zero means until further notice
	KnownAt   time.Time  `json:"known_at"`
	Source    string     `json:"source,omitempty"`
	Author    id.User    `json:"author,omitempty"`
	Reason    string     `json:"reason,omitempty"`
}

// The reserved fact keys. Every other key is an attribute's.
const (
	FactOwner = "owner"           // text: an id.User
	FactStage = "lifecycle_stage" // text: a Stage
	// ManualPrefix precedes the key of a manual value ("manual.csm_sentiment"):
	// a judgement that a person enters, with author and reason.
	ManualPrefix = "manual."
)

// ValueType is the type of a fact's value.
type ValueType string

// The value types.
const (
	Text   ValueType = "text"
	Number ValueType = "number"
	Bool   ValueType = "bool"
	Date   ValueType = "date"
)

// Value is a typed value; the zero Value means "no value" and, as the newest
// fact, clears what held before.
type Value struct {
	Type ValueType `json:"type,omitempty"`
	Text string    `json:"text,omitempty"` // for Text; RFC 3339 for Date
	Num  float64   `json:"num,omitempty"`  // for Number; 0 or 1 for Bool
}

// TextValue returns a text value.
func TextValue(s string) Value { return Value{Type: Text, Text: s} }

// NumberValue returns a number value.
func NumberValue(f float64) Value { return Value{Type: Number, Num: f} }

// BoolValue returns a truth value.
func BoolValue(b bool) Value {
	v := Value{Type: Bool}
	if b {
		v.Num = 1
	}
	return v
}

// DateValue returns a date value, kept in UTC to the second.
func DateValue(t time.Time) Value {
	return Value{Type: Date, Text: t.UTC().Format(time.RFC3339)}
}

// IsZero reports whether there is no value.
func (v Value) IsZero() bool { return v.Type == "" }

// String returns the value as a person would write it.
func (v Value) String() string {
	switch v.Type {
	case Number:
		return strconv.FormatFloat(v.Num, 'f', -1, 64)
	case Bool:
		return strconv.FormatBool(v.Num != 0)
	case Text, Date:
		return v.Text
	}
	return ""
}

// Float returns the value as a number for metrics: numbers as they are, truth
// as 0 or 1, dates as Unix seconds; text has none.
func (v Value) Float() (float64, bool) {
	switch v.Type {
	case Number, Bool:
		return v.Num, true
	case Date:
		t, err := time.Parse(time.RFC3339, v.Text)
		return float64(t.Unix()), err == nil
	case Text:
	}
	return 0, false
}

// Check reports a value whose content does not fit its type.
func (v Value) Check(field string) error {
	switch v.Type {
	case "", Text, Number, Bool:
		return nil
	case Date:
		if _, err := time.Parse(time.RFC3339, v.Text); err != nil {
			return fault.At(field, "%q is not a date: use RFC 3339, such as 2026-01-31T00:00:00Z", v.Text)
		}
		return nil
	}
	return fault.At(field, "%q is not a value type: use text, number, bool or date", v.Type)
}

// SortFacts orders facts by (account, product, key, valid from, known at, seq):
// the order in which History expects them.
func SortFacts(facts []Fact) {
	sort.SliceStable(facts, func(i, j int) bool {
		a, b := &facts[i], &facts[j]
		switch {
		case a.AccountID != b.AccountID:
			return a.AccountID < b.AccountID
		case a.ProductID != b.ProductID:
			return a.ProductID < b.ProductID
		case a.Key != b.Key:
			return a.Key < b.Key
		case !a.ValidFrom.Equal(b.ValidFrom):
			return a.ValidFrom.Before(b.ValidFrom)
		case !a.KnownAt.Equal(b.KnownAt):
			return a.KnownAt.Before(b.KnownAt)
		}
		return a.Seq < b.Seq
	})
}

// Holds returns the fact that held at asOf as known at asOf, among the facts of
// one account, product and key in SortFacts order.
func Holds(facts []Fact, asOf time.Time) (Fact, bool) {
	for i := range slices.Backward(facts) {
		f := &facts[i]
		if f.KnownAt.After(asOf) || f.ValidFrom.After(asOf) {
			continue
		}
		if !f.ValidTo.IsZero() && !asOf.Before(f.ValidTo) {
			continue
		}
		return *f, !f.Value.IsZero()
	}
	return Fact{}, false
}

// AttributeDef declares an attribute: its key, its type, and how it is shown.
type AttributeDef struct {
	Key   string    `json:"key"`
	Title string    `json:"title,omitempty"`
	Type  ValueType `json:"type"`
	Unit  string    `json:"unit,omitempty"`
}
