package api

import (
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
)

// Paged are the parameters of every list.
type Paged struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Items per page."`
	Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page before."`
}

// AsOfParam is the parameter of everything with a number.
type AsOfParam struct {
	AsOf  string `query:"as_of" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD (00:00 UTC of that day); absent means now." example:"2026-01-31"`
	Known string `query:"known" enum:"as_of,now" default:"as_of" doc:"Of a past instant: as_of uses what was known then, now also what became known since."`
	Model string `query:"model" enum:"now,then" default:"now" doc:"Of a past instant: under the model in force today, or under the one of then."`
}

// AccountPath names an account.
type AccountPath struct {
	ID string `path:"id" maxLength:"40"`
}

// instant reads the parameter; zero means now.
func (p AsOfParam) instant() (time.Time, error) { return parseInstant("as_of", p.AsOf) }

// The instants that make sense for customer data; beyond them an input is a mistake.
const minYear, maxYear = 1970, 2100

// parseInstant reads RFC 3339 or a day; "" is the zero time.
func parseInstant(field, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t, err = time.Parse(time.RFC3339, s)
	}
	if err != nil {
		return time.Time{}, fault.At(field, "%.40q is not an instant: use 2026-01-31 or 2026-01-31T15:04:05Z", s)
	}
	t = t.UTC().Truncate(time.Second)
	if t.Year() < minYear || t.Year() > maxYear {
		return time.Time{}, fault.At(field, "%.40q is out of range: use a year from %d to %d", s, minYear, maxYear)
	}
	return t, nil
}

// split reads a comma list and bounds its length.
func split(field, s string, most int) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(s, ",")
	if len(parts) > most {
		return nil, fault.At(field, "names %d things: at most %d", len(parts), most)
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts, nil
}

// offsetOf reads a cursor whose position is an offset.
func offsetOf(cursor string, query ...string) (int, error) {
	pos, err := decodeCursor(cursor, query...)
	if err != nil || pos == "" {
		return 0, err
	}
	n, err := strconv.Atoi(pos)
	if err != nil || n < 0 {
		return 0, badCursor()
	}
	return n, nil
}

// page cuts one page out of a list that is in memory.
func page[T any](items []T, p Paged, query ...string) (List[T], error) {
	from, err := offsetOf(p.Cursor, query...)
	if err != nil {
		return List[T]{}, err
	}
	out := List[T]{Items: []T{}, Total: int64(len(items))}
	from = min(from, len(items))
	to := min(from+limitOf(p), len(items))
	out.Items = append(out.Items, items[from:to]...)
	if to < len(items) {
		out.NextCursor = encodeCursor(strconv.Itoa(to), query...)
	}
	return out, nil
}

func limitOf(p Paged) int {
	if p.Limit <= 0 {
		return 50
	}
	return p.Limit
}

// all is a list that fits on one page.
func all[T any](items []T) List[T] {
	return List[T]{Items: orEmpty(items), Total: int64(len(items))}
}

// orEmpty keeps null out of the JSON of a list.
func orEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
