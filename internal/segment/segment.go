// Package segment sorts accounts into an ordered list of conditions, so that
// every account is in exactly one. It reads no clock and does no I/O.
package segment

import (
	"fmt"
	"slices"

	"kept/internal/fault"
)

// Segment is a named set of accounts. Segments are tried in their order and the
// first whose condition holds takes the account; the last has no condition and
// takes the rest, so that the list is exclusive and total by construction.
type Segment struct {
	Key         string `yaml:"key" json:"key"`
	Title       string `yaml:"title,omitempty" json:"title,omitempty"`
	Description string `yaml:"description,omitempty" json:"description,omitempty"`
	// When is a CEL condition over the account, its attributes and its metrics.
	When string `yaml:"when,omitempty" json:"when,omitempty"`
}

// Lookup returns the value of a name that a condition uses, and false when it
// is missing.
type Lookup = func(name string) (any, bool)

// Condition is a compiled condition. Known is false when a missing value keeps
// it from being said; then it does not hold.
type Condition interface {
	Holds(env Lookup) (holds, known bool)
}

// MaxSegments is how many segments a model may have.
const MaxSegments = 100

// Set is a compiled list of segments, immutable and safe for concurrent use.
type Set struct {
	segments []Segment
	when     []Condition // nil for the last
}

// Compile checks segments and compiles their conditions. All errors come at
// once, as a fault.List with fields such as "segments[1].when". No segments at
// all is a valid set that assigns nothing.
func Compile(segments []Segment, compile func(field, expr string) (Condition, error)) (*Set, error) {
	var errs fault.List
	s := &Set{segments: slices.Clone(segments), when: make([]Condition, len(segments))}
	if len(segments) > MaxSegments {
		errs.Add("segments", "there are %d: the limit is %d", len(segments), MaxSegments)
	}
	seen := map[string]int{}
	for i, g := range segments {
		at := fmt.Sprintf("segments[%d]", i)
		if !validKey(g.Key) {
			errs.Add(at+".key", "%q is not a key: use lower case letters, digits and _, starting with a letter, at most 64", g.Key)
		}
		if first, dup := seen[g.Key]; dup {
			errs.Add(at+".key", "the key %q is used by segments[%d] already: choose another one", g.Key, first)
		}
		seen[g.Key] = i
		last := i == len(segments)-1
		switch {
		case last && g.When != "":
			errs.Add(at+".when", "the last segment takes every account that is left: remove its condition, or add a segment without one at the end")
		case !last && g.When == "":
			errs.Add(at+".when", "is missing: only the last segment has no condition, because nothing would reach those after it")
		case !last:
			c, err := compile(at+".when", g.When)
			errs.Join(at+".when", err)
			s.when[i] = c
		}
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// Segments returns the segments in order.
func (s *Set) Segments() []Segment { return slices.Clone(s.segments) }

// Assignment is the segment of one account and why.
type Assignment struct {
	Key string `json:"key"` // "" when the model has no segments
	// Index is the place of the segment in the list, from 0; −1 without segments.
	Index int    `json:"index"`
	Why   string `json:"why"`
	// Undecided names the segments before it whose condition cannot be said,
	// because a value that they ask for is missing.
	Undecided []string `json:"undecided,omitempty"`
}

// Assign returns the segment of the account that env describes. A condition that
// cannot be said does not hold, and the assignment names it: a lever that is
// unknown never counts as zero in silence.
func (s *Set) Assign(env Lookup) Assignment {
	a := Assignment{Index: -1, Why: "the model has no segments"}
	i := s.first(env, func(i int) { a.Undecided = append(a.Undecided, s.segments[i].Key) })
	if i >= 0 {
		a.Key, a.Index, a.Why = s.segments[i].Key, i, "no segment before it takes the account"
		if s.when[i] != nil {
			a.Why = "its condition holds: " + s.segments[i].When
		}
	}
	for _, key := range a.Undecided {
		a.Why += fmt.Sprintf("; the condition of %s cannot be said, because a value is missing", key)
	}
	return a
}

// Key is Assign without the reason.
func (s *Set) Key(env Lookup) string {
	if i := s.first(env, nil); i >= 0 {
		return s.segments[i].Key
	}
	return ""
}

// first returns the place of the segment, −1 for none, and tells undecided, if
// any, of those before it whose condition cannot be said.
func (s *Set) first(env Lookup, undecided func(i int)) int {
	for i, when := range s.when {
		if when == nil {
			return i
		}
		holds, known := when.Holds(env)
		if holds {
			return i
		}
		if !known && undecided != nil {
			undecided(i)
		}
	}
	return -1
}

func validKey(key string) bool {
	if key == "" || len(key) > 64 || key[0] < 'a' || key[0] > 'z' {
		return false
	}
	for _, r := range key {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return true
}
