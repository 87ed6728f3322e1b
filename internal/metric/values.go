package metric

import (
	"math"
	"slices"
	"time"

	"kept/internal/id"
)

// Values is the result of an evaluation: a number, or none, for each account,
// instant and metric. Numbers lie flat; NaN is missing. It must not be changed.
type Values struct {
	Instants []time.Time
	Accounts []id.Account
	// Metrics are the metrics with a value per account, in the order of their
	// definition: those asked for and those they depend on. PerRelationship are
	// those with a value per account and product.
	Metrics         []string
	PerRelationship []string

	cells []float64 // account, instant, metric
	ages  []float64 // account, instant, ageing metric; days, negative for none
	// products[a] are the keys of the products of account a, ascending; relBase[a]
	// is the number of relationships before it.
	products [][]string
	relBase  []int
	relCells []float64 // relationship, instant, metric
	relAges  []float64

	index, relIndex map[string]int
	ageing, relAge  []int // column of ages by column of cells, −1 for none
	ageWidth        int
	relAgeWidth     int
}

// Index returns the place of an account metric in Metrics and in every Row.
func (v *Values) Index(metric string) (int, bool) {
	n, ok := v.index[metric]
	return n, ok
}

// Row returns the values of all account metrics of an account (by its place in
// Accounts) at an instant (by its place in Instants), NaN for missing. It is
// shared: read only.
func (v *Values) Row(account, instant int) []float64 {
	w := len(v.Metrics)
	from := (account*len(v.Instants) + instant) * w
	return v.cells[from : from+w : from+w]
}

// Account returns a metric of an account at an instant, and false when missing.
func (v *Values) Account(metric string, account, instant int) (float64, bool) {
	m, ok := v.index[metric]
	if !ok {
		return 0, false
	}
	return number(v.Row(account, instant)[m])
}

// AgeDays returns how old the newest data behind a value are, in days: for
// latest and recency the event, for attribute and manual the moment from which
// it holds, for a formula the oldest of its inputs. It is −1 for a value that
// does not age, such as a count, and for a missing one.
func (v *Values) AgeDays(metric string, account, instant int) float64 {
	m, ok := v.index[metric]
	if !ok || v.ageing[m] < 0 {
		return -1
	}
	return v.ages[(account*len(v.Instants)+instant)*v.ageWidth+v.ageing[m]]
}

// Cell returns the value (NaN for missing) and the age in days (as AgeDays) of
// the account metric at a place in Metrics.
func (v *Values) Cell(metric, account, instant int) (value, ageDays float64) {
	ageDays = -1
	if k := v.ageing[metric]; k >= 0 {
		ageDays = v.ageRow(account, instant)[k]
	}
	return v.Row(account, instant)[metric], ageDays
}

// Products lists the products with which an account has a relationship: the
// keys that Relationship takes.
func (v *Values) Products(account int) []string { return v.products[account] }

// Relationship returns a metric of an account's life with a product at an
// instant, and false when missing.
func (v *Values) Relationship(metric string, account int, product string, instant int) (float64, bool) {
	m, ok := v.relIndex[metric]
	r, found := slices.BinarySearch(v.products[account], product)
	if !ok || !found {
		return 0, false
	}
	return number(v.relRow(account, r, instant)[m])
}

// RelationshipAgeDays is AgeDays for a metric per relationship.
func (v *Values) RelationshipAgeDays(metric string, account int, product string, instant int) float64 {
	m, ok := v.relIndex[metric]
	r, found := slices.BinarySearch(v.products[account], product)
	if !ok || !found || v.relAge[m] < 0 {
		return -1
	}
	return v.relAgeRow(account, r, instant)[v.relAge[m]]
}

func (v *Values) ageRow(account, instant int) []float64 {
	from := (account*len(v.Instants) + instant) * v.ageWidth
	return v.ages[from : from+v.ageWidth]
}

func (v *Values) relRow(account, rel, instant int) []float64 {
	w := len(v.PerRelationship)
	from := ((v.relBase[account]+rel)*len(v.Instants) + instant) * w
	return v.relCells[from : from+w : from+w]
}

func (v *Values) relAgeRow(account, rel, instant int) []float64 {
	from := ((v.relBase[account]+rel)*len(v.Instants) + instant) * v.relAgeWidth
	return v.relAges[from : from+v.relAgeWidth]
}

func number(f float64) (float64, bool) {
	if math.IsNaN(f) {
		return 0, false
	}
	return f, true
}

// newValues lays out the result of a program.
func newValues(p *program, data *Data, q *Query) *Values {
	v := &Values{Instants: q.Instants, index: map[string]int{}, relIndex: map[string]int{}, relBase: make([]int, len(data.Accounts)+1)}
	for _, m := range p.account {
		v.index[p.set.metrics[m].Name] = len(v.Metrics)
		v.Metrics = append(v.Metrics, p.set.metrics[m].Name)
		v.ageing = append(v.ageing, column(p.ages[m], &v.ageWidth))
	}
	for _, m := range p.relationship {
		v.relIndex[p.set.metrics[m].Name] = len(v.PerRelationship)
		v.PerRelationship = append(v.PerRelationship, p.set.metrics[m].Name)
		v.relAge = append(v.relAge, column(p.ages[m], &v.relAgeWidth))
	}
	v.Accounts = make([]id.Account, len(data.Accounts))
	v.products = make([][]string, len(data.Accounts))
	for a := range data.Accounts {
		v.Accounts[a] = data.Accounts[a].ID
		v.products[a] = p.subjects[a].products
		v.relBase[a+1] = v.relBase[a] + len(v.products[a])
	}
	points, relPoints := len(v.Accounts)*len(v.Instants), v.relBase[len(v.Accounts)]*len(v.Instants)
	old := q.Into
	if old == nil {
		old = &Values{}
	}
	// Every cell is written.
	v.cells = room(old.cells, points*len(v.Metrics))
	v.ages = room(old.ages, points*v.ageWidth)
	v.relCells = room(old.relCells, relPoints*len(v.PerRelationship))
	v.relAges = room(old.relAges, relPoints*v.relAgeWidth)
	return v
}

// room returns n numbers, whatever they are, in old memory if that suffices.
func room(old []float64, n int) []float64 {
	if cap(old) >= n {
		return old[:n]
	}
	return make([]float64, n)
}

// column gives an ageing metric the next column of ages.
func column(ageing bool, width *int) int {
	if !ageing {
		return -1
	}
	*width++
	return *width - 1
}
