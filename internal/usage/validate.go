package usage

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
)

// The limits of an event. They bound what one event can cost every engine, and
// they are published, because a sender that meets one has to know it.
const (
	MaxMessageIDBytes  = 255
	MaxNameBytes       = 200
	MaxProductBytes    = 200
	MaxActorBytes      = 500
	MaxSourceBytes     = 200
	MaxPropertiesBytes = 64 << 10
	maxPropertyDepth   = 16

	// MaxPageSize is the most events that one page of List can have, and
	// DefaultPageSize the number when none is asked for.
	MaxPageSize     = 1000
	DefaultPageSize = 100
	// MaxWindowDays bounds Days and Offset of an aggregate: 100 years.
	MaxWindowDays = 36525
)

// The instants that an event can have: [MinTime, MaxTime). The upper bound is
// that of 32-bit unsigned seconds, so that an engine may store them so.
var (
	MinTime = time.Unix(0, 0).UTC()
	MaxTime = time.Date(2106, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Check reports what keeps an event from being stored. Times finer than a
// microsecond are no error: every store cuts them to the microsecond. It does
// not look at the form of the account: whose event it is was decided before.
func (e *Event) Check() error {
	for _, f := range []struct {
		field, value string
		limit        int
		required     bool
	}{
		{"message_id", e.MessageID, MaxMessageIDBytes, true},
		{"name", e.Name, MaxNameBytes, true},
		{"account", string(e.Account), MaxSourceBytes, false},
		{"product", e.Product, MaxProductBytes, false},
		{"actor", e.Actor, MaxActorBytes, false},
		{"source", e.Source, MaxSourceBytes, false},
	} {
		if err := checkText(f.field, f.value, f.limit, f.required); err != nil {
			return err
		}
	}
	if err := checkTime("at", e.At); err != nil {
		return err
	}
	if err := checkTime("known_at", e.KnownAt); err != nil {
		return err
	}
	if e.HasValue && (math.IsNaN(e.Value) || math.IsInf(e.Value, 0)) {
		return fault.At("value", "%v is not a finite number: leave the value out when there is none", e.Value)
	}
	if len(e.Properties) == 0 {
		return nil
	}
	_, err := e.PropertiesJSON()
	return err
}

// CheckBatch checks every event of a batch; the field of the fault starts with
// the place in the batch, as in "events[3].name".
func CheckBatch(events []Event) error {
	for i := range events {
		if err := events[i].Check(); err != nil {
			return within(fmt.Sprintf("events[%d]", i), err)
		}
	}
	return nil
}

// PropertiesJSON returns the properties as a JSON object with sorted keys, ""
// when there are none. A property is a string, a finite float64, a bool or nil;
// lists ([]any) and objects (map[string]any) of these, nested up to 16 deep,
// are kept as they are. Every other Go type is an error rather than something
// that comes back as another type than it went in.
func (e *Event) PropertiesJSON() (string, error) {
	if len(e.Properties) == 0 {
		return "", nil
	}
	if err := checkProperty("properties", e.Properties, 0); err != nil {
		return "", err
	}
	raw, err := json.Marshal(e.Properties)
	if err != nil {
		return "", fault.At("properties", "cannot be written as JSON: %v", err)
	}
	if len(raw) > MaxPropertiesBytes {
		return "", &fault.Error{
			Kind: fault.TooLarge, Field: "properties",
			Msg: fmt.Sprintf("are %d bytes of JSON, more than the limit of %d: send fewer or shorter properties", len(raw), MaxPropertiesBytes),
		}
	}
	return string(raw), nil
}

func checkProperty(field string, v any, depth int) error {
	if depth > maxPropertyDepth {
		return fault.At(field, "is nested more than %d deep: flatten it", maxPropertyDepth)
	}
	switch v := v.(type) {
	case nil, bool:
		return nil
	case string:
		if !utf8.ValidString(v) {
			return fault.At(field, "is not valid UTF-8")
		}
		return nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fault.At(field, "%v is not a finite number", v)
		}
		return nil
	case []any:
		for i, item := range v {
			if err := checkProperty(fmt.Sprintf("%s[%d]", field, i), item, depth+1); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for k, item := range v {
			if !utf8.ValidString(k) {
				return fault.At(field, "has a key that is not valid UTF-8")
			}
			if err := checkProperty(field+"."+k, item, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return fault.At(field, "is a %T: use a string, a number (float64), true or false, or a list or object of these", v)
}

func checkText(field, value string, limit int, required bool) error {
	switch {
	case required && value == "":
		return fault.At(field, "is empty: every event needs one")
	case len(value) > limit:
		return fault.At(field, "is %d bytes long, more than the limit of %d", len(value), limit)
	case !utf8.ValidString(value):
		return fault.At(field, "is not valid UTF-8")
	case strings.ContainsRune(value, 0):
		return fault.At(field, "holds a NUL character: remove it")
	}
	return nil
}

func checkTime(field string, t time.Time) error {
	if t.Before(MinTime) || !t.Before(MaxTime) {
		return fault.At(field, "%s is outside the years 1970 to 2105: check the unit (seconds or milliseconds) and the format", t.UTC().Format(time.RFC3339))
	}
	return nil
}

// Check reports what is wrong with the query.
func (q *AggregateQuery) Check() error {
	for i, t := range q.Instants {
		field := fmt.Sprintf("instants[%d]", i)
		if err := checkTime(field, t); err != nil {
			return err
		}
		if t.Nanosecond() != 0 {
			return fault.At(field, "%s is not a whole second", t.Format(time.RFC3339Nano))
		}
		if i > 0 && !q.Instants[i-1].Before(t) {
			return fault.At(field, "%s does not come after the one before it: sort the instants and leave out repeats", t.UTC().Format(time.RFC3339))
		}
	}
	for i := range q.Aggregates {
		if err := q.Aggregates[i].check(); err != nil {
			return within(fmt.Sprintf("aggregates[%d]", i), err)
		}
	}
	return nil
}

func (a *Aggregate) check() error {
	if !slices.Contains(Kinds(), a.Kind) {
		return fault.At("kind", "%q is not an aggregate: use one of %v", a.Kind, Kinds())
	}
	if a.Days < 0 || a.Days > MaxWindowDays {
		return fault.At("days", "%d is not between 0 (since the beginning) and %d", a.Days, MaxWindowDays)
	}
	if a.Offset < 0 || a.Offset > MaxWindowDays {
		return fault.At("offset", "%d is not between 0 and %d: a window cannot lie after its instant", a.Offset, MaxWindowDays)
	}
	return nil
}

// Kinds lists every aggregate, in the order in which they are declared.
func Kinds() []Kind {
	return []Kind{Count, Sum, Mean, DistinctActors, ActiveDays, Recency, Latest}
}

// Check reports what is wrong with the query, its cursor aside.
func (q *ListQuery) Check() error {
	if q.Limit < 0 || q.Limit > MaxPageSize {
		return fault.At("limit", "%d is not between 1 and %d", q.Limit, MaxPageSize)
	}
	return nil
}

// within puts a fault's field below a prefix.
func within(prefix string, err error) error {
	f, ok := err.(*fault.Error) //nolint:errorlint // the checks of this file return it unwrapped
	if !ok {
		return err
	}
	inner := *f
	inner.Field = prefix + "." + f.Field
	return &inner
}
