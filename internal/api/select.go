package api

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
)

// Choosing and ordering accounts happens on the snapshot in memory. What a
// request needs is kept for the next one: orders per (snapshot, sort), and
// chosen lists per (snapshot, sort, selection). The keys hold the snapshot's
// generation, so that nothing stale is ever shown.

const (
	maxOrders  = 24
	maxChosen  = 96
	maxLowered = 4
	noneKey    = "none"
	meKey      = "me"
	nobody     = "-" // owns nothing
)

type orderKey struct {
	asOf, generation, version int64
	known                     evaluate.Known
	sort                      string
}

type chosenKey struct {
	orderKey
	filter, q, band, segment, owner string
}

// chosen is an ordered list of rows with the counts over all of it.
type chosen struct {
	rows   []int32
	facets AccountFacets
}

func (v *view) orderKey(sort string) orderKey {
	return orderKey{asOf: v.AsOf.Unix(), generation: v.Generation, version: v.ModelVersion, known: v.known, sort: sort}
}

// choose returns the rows that a selection asks for, in its order.
func (s *Server) choose(ctx context.Context, v *view, sel *AccountSelection, defaultSort string) (*chosen, error) {
	sort := sel.Sort
	if sort == "" {
		sort = defaultSort
	}
	if sel.AsOf == "" {
		s.used.use(sort, s.clock.Now())
	}
	owner := sel.Owner
	if strings.Contains(owner, meKey) {
		parts := strings.Split(owner, ",")
		for i := range parts {
			if strings.TrimSpace(parts[i]) == meKey {
				parts[i] = callerOf(ctx).me()
			}
		}
		owner = strings.Join(parts, ",")
	}
	key := chosenKey{orderKey: v.orderKey(sort), filter: sel.Filter, q: strings.ToLower(strings.TrimSpace(sel.Q)), band: sel.Band, segment: sel.Segment, owner: owner}
	return s.chosen.get(key, func() (*chosen, error) {
		order, err := s.order(v, sort)
		if err != nil {
			return nil, err
		}
		keep, err := s.keep(v, key)
		if err != nil {
			return nil, err
		}
		c := &chosen{rows: order}
		if keep != nil {
			c.rows = make([]int32, 0, len(order)/4)
			for _, i := range order {
				if keep[i] {
					c.rows = append(c.rows, i)
				}
			}
		}
		c.facets = v.facets(c.rows)
		return c, nil
	})
}

// keep marks the rows of a selection; nil means all of them.
func (s *Server) keep(v *view, key chosenKey) ([]bool, error) {
	var keep []bool
	and := func(pred func(i int) bool) {
		first := keep == nil
		if first {
			keep = make([]bool, len(v.Rows))
		}
		for i := range v.Rows {
			keep[i] = (first || keep[i]) && pred(i)
		}
	}
	if key.filter != "" {
		at, err := v.Filter(key.filter)
		if err != nil {
			return nil, err
		}
		keep = make([]bool, len(v.Rows))
		for _, i := range at {
			keep[i] = true
		}
	}
	bands, err := oneOf("band", key.band)
	if err != nil {
		return nil, err
	}
	if bands != nil {
		and(func(i int) bool { return bands[cmp.Or(v.Rows[i].Band, noneKey)] })
	}
	segments, err := oneOf("segment", key.segment)
	if err != nil {
		return nil, err
	}
	if segments != nil {
		and(func(i int) bool { return segments[cmp.Or(v.Rows[i].Segment, noneKey)] })
	}
	owners, err := oneOf("owner", key.owner)
	if err != nil {
		return nil, err
	}
	if owners != nil {
		for o := range owners {
			if _, perr := id.Parse[id.User]("owner", o); o != noneKey && o != nobody && perr != nil {
				return nil, perr
			}
		}
		and(func(i int) bool { return owners[cmp.Or(string(v.Rows[i].Owner), noneKey)] })
	}
	if key.q != "" {
		lowered, err := s.lowered.get(v.orderKey(""), func() ([]string, error) { return v.lower(), nil })
		if err != nil {
			return nil, err
		}
		words := strings.Fields(key.q)
		and(func(i int) bool {
			for _, w := range words {
				if !strings.Contains(lowered[i], w) {
					return false
				}
			}
			return true
		})
	}
	return keep, nil
}

func oneOf(field, list string) (map[string]bool, error) {
	parts, err := split(field, list, 100)
	if err != nil || len(parts) == 0 {
		return nil, err
	}
	set := make(map[string]bool, len(parts))
	for _, p := range parts {
		set[p] = true
	}
	return set, nil
}

func (v *view) lower() []string {
	out := make([]string, len(v.Rows))
	for i := range v.Rows {
		out[i] = strings.ToLower(v.Rows[i].Account.Name + "\n" + v.Rows[i].Account.Domain)
	}
	return out
}

func (v *view) facets(rows []int32) AccountFacets {
	f := AccountFacets{Band: map[string]int{}, Segment: map[string]int{}, ARRByBand: map[string]int64{}}
	for _, b := range v.look.bands {
		f.Band[b.Key], f.ARRByBand[b.Key] = 0, 0
	}
	f.Band[noneKey], f.ARRByBand[noneKey] = 0, 0
	currency := v.currency(rows)
	f.Currency = string(currency)
	for _, i := range rows {
		r := &v.Rows[i]
		band := cmp.Or(r.Band, noneKey)
		f.Band[band]++
		f.Segment[cmp.Or(r.Segment, noneKey)]++
		if r.ARR.Currency == currency {
			f.ARRByBand[band] += r.ARR.Minor
		}
	}
	return f
}

// order returns all rows in the order of a sort expression.
func (s *Server) order(v *view, sort string) ([]int32, error) {
	return s.orders.get(v.orderKey(sort), func() ([]int32, error) {
		keys, err := split("sort", sort, 5)
		if err != nil {
			return nil, err
		}
		var by []func(a, b int32) int
		for _, key := range keys {
			name, desc := strings.CutPrefix(key, "-")
			less, err := v.comparer(name, desc)
			if err != nil {
				return nil, err
			}
			by = append(by, less)
		}
		order := make([]int32, len(v.Rows))
		for i := range order {
			order[i] = int32(i) //nolint:gosec // accounts are far fewer than 2^31
		}
		sortRows(order, func(a, b int32) int {
			for _, less := range by {
				if c := less(a, b); c != 0 {
					return c
				}
			}
			return cmp.Compare(a, b)
		})
		return order, nil
	})
}

// comparer compares two rows by one key; what is missing comes last in both
// directions.
func (v *view) comparer(name string, desc bool) (func(a, b int32) int, error) {
	if metric, ok := strings.CutPrefix(name, "metric:"); ok {
		column := v.Metric(metric)
		if column == nil {
			return nil, fault.At("sort", "there is no metric %.60q", metric)
		}
		return byNumber(column, desc), nil
	}
	number := func(of func(i int) float64) (func(a, b int32) int, error) {
		column := make([]float64, len(v.Rows))
		for i := range column {
			column[i] = of(i)
		}
		return byNumber(column, desc), nil
	}
	text := func(of func(i int) string) (func(a, b int32) int, error) {
		column := make([]string, len(v.Rows))
		for i := range column {
			column[i] = of(i)
		}
		return byText(column, desc), nil
	}
	switch name {
	case "name":
		return text(func(i int) string { return strings.ToLower(v.Rows[i].Account.Name) })
	case "owner":
		return text(func(i int) string { return v.names[v.Rows[i].Owner] })
	case "score":
		return number(func(i int) float64 { return v.Rows[i].Score })
	case "delta_30":
		return number(func(i int) float64 { return v.Rows[i].Delta30 })
	case "delta_90":
		return number(func(i int) float64 { return v.Rows[i].Delta90 })
	case "coverage":
		return number(func(i int) float64 { return v.Rows[i].Coverage })
	case "arr":
		return number(func(i int) float64 {
			if v.Rows[i].ARR.Currency == "" {
				return math.NaN()
			}
			return v.Rows[i].ARR.Major()
		})
	case "renewal_at":
		return number(func(i int) float64 {
			if v.Rows[i].RenewalAt.IsZero() {
				return math.NaN()
			}
			return float64(v.Rows[i].RenewalAt.Unix())
		})
	case "since":
		return number(func(i int) float64 { return float64(v.Rows[i].Account.Since.Unix()) })
	case "segment":
		return number(func(i int) float64 {
			if at, ok := v.look.segOrder[v.Rows[i].Segment]; ok {
				return float64(at)
			}
			return math.NaN()
		})
	case "stage":
		stages := customer.Stages()
		return number(func(i int) float64 {
			if at := slices.Index(stages, v.Rows[i].Stage); at >= 0 {
				return float64(at)
			}
			return math.NaN()
		})
	}
	return nil, fault.At("sort", "%.60q is not a key: use name, score, delta_30, delta_90, arr, renewal_at, segment, owner, coverage, since, stage or metric:NAME, with - before it for descending", name)
}

func byNumber(column []float64, desc bool) func(a, b int32) int {
	return func(a, b int32) int {
		x, y := column[a], column[b]
		switch xm, ym := math.IsNaN(x), math.IsNaN(y); {
		case xm && ym:
			return 0
		case xm:
			return 1
		case ym:
			return -1
		case desc:
			return cmp.Compare(y, x)
		}
		return cmp.Compare(x, y)
	}
}

func byText(column []string, desc bool) func(a, b int32) int {
	return func(a, b int32) int {
		x, y := column[a], column[b]
		switch {
		case x == y:
			return 0
		case x == "":
			return 1
		case y == "":
			return -1
		case desc:
			return cmp.Compare(y, x)
		}
		return cmp.Compare(x, y)
	}
}

// query names a selection for a cursor; the live instant is left out, because it
// moves while somebody pages.
func (sel *AccountSelection) query(list string) []string {
	return []string{list, sel.AsOf, sel.Sort, sel.Filter, sel.Q, sel.Band, sel.Segment, sel.Owner}
}

// cut returns one page of the chosen rows and the cursor of the next.
func cut(rows []int32, p Paged, query []string) (page []int32, next string, err error) {
	from, err := offsetOf(p.Cursor, query...)
	if err != nil {
		return nil, "", err
	}
	from = min(from, len(rows))
	to := min(from+limitOf(p), len(rows))
	if to < len(rows) {
		next = encodeCursor(strconv.Itoa(to), query...)
	}
	return rows[from:to], next, nil
}
